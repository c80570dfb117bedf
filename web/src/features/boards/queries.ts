import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson, type RunSummary } from "../../api/client";
import { viewsQuery } from "../../edits/views/queries";
import { queryKeys } from "../../lib/query-keys";
import { sortOf, type BoardState } from "./state";

const VIEWS_MS = 30_000; // nothing tells when somebody else changes a board
const RUNS_MS = 60_000; // hints tell much sooner

/** All saved views, asked for again while boards are on screen. */
export const boardsQuery = () => ({ ...viewsQuery(), refetchInterval: VIEWS_MS });

export interface BoardRuns {
  readonly rows: readonly RunSummary[];
  /** How many match; more than are drawn where there are many. */
  readonly total: number;
}

/** The runs that a board draws now, in its order. */
export function boardRunsQuery(project: string | null, state: Pick<BoardState, "where" | "limit" | "best">) {
  const where = state.where.trim() === "" ? undefined : state.where;
  const query = { project: project ?? undefined, where, sort: sortOf(state), limit: state.limit };
  return queryOptions({
    queryKey: queryKeys.chosen(query),
    queryFn: async ({ signal }): Promise<BoardRuns> => {
      const { items, total } = await getJson("/api/v1/runs", { query, signal });
      return { rows: items, total };
    },
    placeholderData: keepPreviousData,
    refetchInterval: RUNS_MS,
    retry: 1,
  });
}

export function projectsQuery() {
  return queryOptions({ queryKey: queryKeys.projects, queryFn: ({ signal }) => getJson("/api/v1/projects", { signal }) });
}
