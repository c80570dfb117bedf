import { infiniteQueryOptions, keepPreviousData, queryOptions, type QueryClient } from "@tanstack/react-query";
import { getColumns, getJson } from "../../api/client";
import { queryKeys } from "../../lib/query-keys";
import { seriesLoader } from "../../series/batch";
import { FIRST_ROWS } from "./first-ask";
import { compareRuns } from "./list/order";
import { edgeOf, loadedPage, pagesWith, patchedRows, rowsOf, type LoadedPage, type LoadedPages } from "./list/patch";
import { askPage, askRuns, askTotal, type RunsQuestion } from "./list/question";
import { orderOf } from "./list/terms";

const PAGE_ROWS = 500;
const SPARK_BUCKETS = 40;
const SPARK_KEPT_MS = 60_000;
export const MAP = "metrics/mAP50-95";
export const MAP50 = "metrics/mAP50";

const loadSeries = seriesLoader((query) => getColumns({ query }));

export function projectsQuery() {
  return queryOptions({ queryKey: queryKeys.projects, queryFn: ({ signal }) => getJson("/api/v1/projects", { signal }) });
}

const firstCursor: string | null = null;

export function runsQuery(question: RunsQuestion) {
  return infiniteQueryOptions({
    queryKey: queryKeys.runs(question),
    queryFn: async ({ pageParam, signal }) =>
      loadedPage(await askPage(question, pageParam === null ? { limit: FIRST_ROWS, signal } : { limit: PAGE_ROWS, cursor: pageParam, signal })),
    initialPageParam: firstCursor,
    getNextPageParam: (page: LoadedPage) => page.next,
    placeholderData: keepPreviousData,
    structuralSharing: false, // comparing thousands of rows costs more than drawing the visible ones
  });
}

export function sparkQuery(run: string, name: string, enabled: boolean) {
  const view = { names: [name], x: "epoch" as const, window: null, buckets: SPARK_BUCKETS };
  return queryOptions({
    queryKey: queryKeys.series([run], view),
    queryFn: async () => (await loadSeries({ runs: [run], ...view }))[0] ?? null,
    enabled,
    gcTime: SPARK_KEPT_MS,
    structuralSharing: false,
  });
}

function isQuestion(part: unknown): part is RunsQuestion {
  return typeof part === "object" && part !== null && "columns" in part && typeof part.columns === "string";
}

/** How many rows match after a patch; asked for only where runs came or went. */
async function totalAfter(now: LoadedPages, rows: readonly unknown[], before: readonly unknown[], question: RunsQuestion): Promise<number> {
  const known = now.pages.at(-1)?.total ?? 0;
  return rows.length === before.length ? known : askTotal(question);
}

/** Fetches only the rows of these runs, in the lists that are on screen; a list that nobody sees is fetched when it is shown again. */
export async function refreshRuns(client: QueryClient, runs: readonly string[]): Promise<void> {
  await client.invalidateQueries({ queryKey: queryKeys.allRuns, type: "inactive", refetchType: "none" });
  const lists = client.getQueriesData<LoadedPages>({ queryKey: queryKeys.allRuns, type: "active" });
  await Promise.all(
    lists.map(async ([key, pages]) => {
      const [, question] = key;
      if (!pages || !isQuestion(question)) return;
      const fresh = await askRuns(question, runs);
      const change = (now: LoadedPages) => {
        const before = rowsOf(now.pages);
        return { before, rows: patchedRows(before, { asked: runs, fresh, edge: edgeOf(now) }, compareRuns(orderOf(question.sort))) };
      };
      const { before, rows } = change(pages);
      const total = await totalAfter(pages, rows, before, question);
      client.setQueryData<LoadedPages>(key, (now) => (now ? pagesWith(now, change(now).rows, total) : now));
    }),
  );
}
