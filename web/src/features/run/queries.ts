import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getColumns, getJson, type SeriesInfo } from "../../api/client";
import type { XAxis } from "../../lib/columns";
import { queryKeys } from "../../lib/query-keys";
import { seriesLoader } from "../../series/batch";
import { numberFromWire } from "../../lib/numbers";
import type { ConsoleFeed, LoadPage } from "./console/feed";
import { bestName, rivalOf, type Standing } from "./standing";

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

const STANDING_MS = 30_000; // of the other runs; that of this one is part of the key
const RUNS_BEFORE = 5;

/** How a run stands among those of its project, by the best of a series. */
export function standingQuery(run: { id: string; project: string; created: string }, by: SeriesInfo | null) {
  const own = numberFromWire(by?.best);
  return queryOptions({
    queryKey: ["standing", run.id, by?.name ?? null, own],
    queryFn: ({ signal }) => loadStanding(run, { name: by?.name ?? "", lower: by?.direction === "lower", own: own ?? 0 }, signal),
    enabled: own !== null && Number.isFinite(own),
    staleTime: STANDING_MS,
    placeholderData: keepPreviousData,
  });
}

async function loadStanding(
  { id, project, created }: { id: string; project: string; created: string },
  { name, lower, own }: { name: string; lower: boolean; own: number },
  signal: AbortSignal,
): Promise<Standing> {
  const best = bestName(name);
  const ask = (where: string, more: { sort?: string; limit: number }) =>
    getJson("/api/v1/runs", { query: { project, where, columns: best, ...more }, signal });
  const [top, better, before] = await Promise.all([
    ask(`${best} exists`, { sort: lower ? best : `-${best}`, limit: 2 }),
    ask(`${best} ${lower ? "<" : ">"} ${own}`, { limit: 1 }),
    ask(`${best} exists and created < "${created}"`, { sort: "-created", limit: RUNS_BEFORE }),
  ]);
  const rivals = (page: typeof top) => page.items.flatMap((row) => (row.id === id ? [] : (rivalOf(row, best) ?? [])));
  return { rank: (better.total ?? 0) + 1, of: top.total ?? 0, rival: rivals(top)[0] ?? null, before: rivals(before) };
}
