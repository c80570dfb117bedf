import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson } from "../../../api/client";

const KEPT_MS = 60_000;

/** The part of what was typed that the server looks for: its longest word. The rest is compared here. */
export function wordFor(typed: string): string {
  const words = typed.split(/[\s`"'()]+/).filter((word) => word !== "");
  return words.reduce((one, other) => (other.length > one.length ? other : one), "");
}

/** Names that runs of the project have, of those that hold what was typed. */
export function namesQuery(project: string | undefined, typed: string) {
  const word = wordFor(typed);
  return queryOptions({
    queryKey: ["completions", "names", project ?? null, word],
    queryFn: async ({ signal }) => {
      const { items } = await getJson("/api/v1/runs/completions", { query: { project, text: word }, signal });
      return items.filter(({ kind }) => kind === "field" || kind === "series" || kind === "config");
    },
    placeholderData: keepPreviousData,
    staleTime: KEPT_MS,
    gcTime: KEPT_MS,
    retry: false,
  });
}
