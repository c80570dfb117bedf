import { queryOptions } from "@tanstack/react-query";
import { getJson, type RunSummary } from "../../api/client";
import { filterOfLetters, filterOfWords } from "./match";

const MOST = 40;
const ENOUGH = 8;
const KEPT_MS = 60_000;

async function runsWhere(where: string, signal: AbortSignal): Promise<RunSummary[]> {
  return (await getJson("/api/v1/runs", { query: { where, archived: "any", sort: "-updated", limit: MOST }, signal })).items;
}

/** Runs whose names answer what was typed; by their letters only where words find few. */
export function runsByNameQuery(typed: string) {
  return queryOptions({
    queryKey: ["runs-by-name", typed],
    async queryFn({ signal }) {
      const found = await runsWhere(filterOfWords(typed), signal);
      if (found.length >= ENOUGH) return found;
      const known = new Set(found.map(({ id }) => id));
      const more = await runsWhere(filterOfLetters(typed), signal);
      return [...found, ...more.filter(({ id }) => !known.has(id))];
    },
    enabled: typed !== "",
    staleTime: KEPT_MS,
    gcTime: KEPT_MS,
    retry: false,
  });
}
