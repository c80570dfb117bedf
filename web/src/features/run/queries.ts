import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getColumns, getJson } from "../../api/client";
import type { Span, XAxis } from "../../lib/columns";
import { queryKeys } from "../../lib/query-keys";
import { seriesLoader } from "../../series/batch";
import type { ConsoleFeed, LoadPage } from "./console/feed";

const loadSeries = seriesLoader((query) => getColumns({ query }));

export function runQuery(id: string) {
  return queryOptions({
    queryKey: queryKeys.run(id),
    queryFn: ({ signal }) => getJson("/api/v1/runs/{run_id}", { path: { run_id: id }, signal }),
  });
}

export interface ChartAsk {
  readonly names: readonly string[];
  readonly x: XAxis;
  readonly window: Span | null;
  readonly buckets: number;
}

/** The columns of one chart. Charts that ask at the same moment share a request. */
export function chartQuery(run: string, ask: ChartAsk, enabled: boolean) {
  return queryOptions({
    queryKey: queryKeys.series([run], ask),
    queryFn: () => loadSeries({ runs: [run], ...ask }),
    enabled: enabled && ask.buckets > 0,
    structuralSharing: false, // arrays are compared by identity only
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}

const SUPERSEDED_MOST = 12; // attempts; more would be a tangle

/** What of a chart's points later attempts took the place of, attempt by attempt, the newest ones of many. */
export function supersededQuery(run: string, ask: ChartAsk, attempts: readonly number[], enabled: boolean) {
  const older = attempts.slice(-SUPERSEDED_MOST);
  return queryOptions({
    queryKey: queryKeys.series([run], { ...ask, supersededOf: older }),
    queryFn: () =>
      Promise.all(older.map(async (attempt) => ({ attempt, columns: await loadSeries({ runs: [run], ...ask, supersededOf: attempt }) }))),
    enabled: enabled && ask.buckets > 0 && older.length > 0,
    structuralSharing: false,
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}

const UNKNOWN_MS = 5_000;

/** Where attempts have their first point of a series; null for one that has none yet, which is asked for again. */
export function firstPointsQuery(run: string, ask: { name: string; x: XAxis }, attempts: readonly number[]) {
  async function firstOf(attempt: number): Promise<number | null> {
    const [columns] = await loadSeries({ runs: [run], names: [ask.name], x: ask.x, window: null, buckets: 1, attempt });
    return columns?.x[0] ?? null;
  }
  return queryOptions({
    queryKey: ["first-points", run, ask, attempts],
    queryFn: () => Promise.all(attempts.map(firstOf)),
    enabled: attempts.length > 0 && ask.name !== "",
    refetchInterval: ({ state }) => (state.data?.includes(null) ? UNKNOWN_MS : false),
  });
}

export function loadConsole(run: string): LoadPage {
  return (ask) => getJson("/api/v1/runs/{run_id}/console", { path: { run_id: run }, query: { ...ask } });
}

/** Whether a run has printed anything; asked again at each hint until it has. */
export function hasConsoleQuery(run: string) {
  return queryOptions({
    queryKey: [...queryKeys.console(run), "any"],
    queryFn: async () => (await loadConsole(run)({ tail: 1 })).items.length > 0,
    enabled: ({ state }) => state.data !== true,
  });
}

/** Keeps a feed up to date: each hint about the run lets it fetch what is new. */
export function consoleQuery(run: string, feed: ConsoleFeed, id: string) {
  return queryOptions({
    queryKey: [...queryKeys.console(run), id],
    queryFn: () => feed.refresh().then(() => true),
    refetchOnMount: "always",
    gcTime: 0,
  });
}
