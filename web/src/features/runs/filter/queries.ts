import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson } from "../../../api/client";
import type { RunsSearch } from "../search";
import { pointsFrom, unitsFrom, type Completions } from "./completion";

const KEPT_MS = 60_000;
const ARCHIVED = { any: "any", only: "true" } as const;

/** How many runs a filter finds; its error is what the server has against it. */
export function matchesQuery({ project, where, archived }: Pick<RunsSearch, "project" | "where" | "archived">) {
  const query = { project, where, archived: archived && ARCHIVED[archived], limit: 1 };
  return queryOptions({
    queryKey: ["filter-matches", query],
    queryFn: async ({ signal }) => (await getJson("/api/v1/runs", { query, signal })).total,
    staleTime: 0,
    gcTime: KEPT_MS,
    retry: false,
  });
}

export function completionsQuery(project: string | undefined, text: string, caret: number) {
  return queryOptions({
    queryKey: ["completions", project ?? null, text, caret],
    queryFn: async ({ signal }): Promise<Completions> => {
      const query = { project, text, cursor: pointsFrom(text, caret) };
      const { items, from, to } = await getJson("/api/v1/runs/completions", { query, signal });
      return { text, from: unitsFrom(text, from), to: unitsFrom(text, to), items };
    },
    placeholderData: keepPreviousData,
    staleTime: KEPT_MS,
    gcTime: KEPT_MS,
    retry: false,
  });
}
