import { infiniteQueryOptions, queryOptions, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { getColumns, getJson, type RunPage } from "../../api/client";
import { queryKeys } from "../../lib/query-keys";
import { seriesLoader } from "../../series/batch";
import { mergePage } from "./derive";

const PAGE_ROWS = 100;
const SPARK_BUCKETS = 40;
export const MAP = "metrics/mAP50-95";
export const MAP50 = "metrics/mAP50";

type RunPages = InfiniteData<RunPage, string | null>;

const loadSeries = seriesLoader((query) => getColumns({ query }));

function getRunPage(project: string | undefined, cursor: string | null, signal?: AbortSignal): Promise<RunPage> {
  const query = { project, limit: PAGE_ROWS, cursor: cursor ?? undefined };
  return getJson("/api/v1/runs", { query, ...(signal ? { signal } : {}) });
}

export function projectsQuery() {
  return queryOptions({ queryKey: queryKeys.projects, queryFn: ({ signal }) => getJson("/api/v1/projects", { signal }) });
}

const firstCursor: string | null = null;

export function runsQuery(project: string | undefined) {
  return infiniteQueryOptions({
    queryKey: queryKeys.runs(project),
    queryFn: ({ pageParam, signal }) => getRunPage(project, pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: (page: RunPage) => page.next,
    structuralSharing: false, // comparing thousands of rows costs more than drawing the visible ones
  });
}

export function sparkQuery(run: string, enabled: boolean) {
  const view = { names: [MAP], x: "epoch" as const, window: null, buckets: SPARK_BUCKETS };
  return queryOptions({
    queryKey: queryKeys.series([run], view),
    queryFn: async () => (await loadSeries({ runs: [run], ...view }))[0] ?? null,
    enabled,
    structuralSharing: false,
  });
}

/** Which page of the list holds a run; a run that is on none belongs on the first. */
function pagesHolding(pages: RunPages, runs: readonly string[]): number[] {
  const held = runs.map((run) => pages.pages.findIndex((page) => page.items.some((item) => item.id === run)));
  return [...new Set(held.map((index) => Math.max(0, index)))];
}

/** Refetches only those pages of the loaded lists that show one of the runs; a list that nobody sees when it is shown again. */
export async function refreshRuns(client: QueryClient, runs: readonly string[]): Promise<void> {
  await client.invalidateQueries({ queryKey: queryKeys.allRuns, type: "inactive", refetchType: "none" });
  const lists = client.getQueriesData<RunPages>({ queryKey: queryKeys.allRuns, type: "active" });
  for (const [key, pages] of lists) {
    if (!pages) continue;
    const project = typeof key[1] === "string" ? key[1] : undefined;
    for (const index of pagesHolding(pages, runs)) {
      const fresh = await getRunPage(project, pages.pageParams[index] ?? null);
      client.setQueryData<RunPages>(key, (now) => (now ? withPage(now, index, fresh) : now));
    }
  }
}

function withPage(now: RunPages, index: number, fresh: RunPage): RunPages {
  return { ...now, pages: now.pages.map((page, at) => (at === index ? mergePage(page, fresh) : page)) };
}
