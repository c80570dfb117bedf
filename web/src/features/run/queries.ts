import { queryOptions } from "@tanstack/react-query";
import { getColumns, getJson } from "../../api/client";
import type { XAxis } from "../../lib/columns";
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
