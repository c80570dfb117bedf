import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson, type SeriesInfo } from "../api/client";

const SAMPLED_RUNS = 8;

/** A series that some of several runs have, and in how many of those looked at. */
export interface SharedSeries extends Pick<SeriesInfo, "name" | "family" | "unit" | "direction" | "title"> {
  readonly share: number;
}

function evenly(ids: readonly string[], most: number): string[] {
  if (ids.length <= most) return [...ids];
  return Array.from({ length: most }, (_, at) => ids[Math.round((at * (ids.length - 1)) / (most - 1))] ?? "");
}

function shared(lists: readonly (readonly SeriesInfo[])[]): SharedSeries[] {
  const found = new Map<string, { info: SeriesInfo; count: number }>();
  for (const info of lists.flat()) found.set(info.name, { info, count: (found.get(info.name)?.count ?? 0) + 1 });
  return [...found.values()].map(({ info, count }) => {
    const { name, family, unit, direction, title } = info;
    return { name, family, unit, direction, title, share: count / lists.length };
  });
}

/** What there is to draw. Of many runs a few are looked at, spread over all: runs of one comparison log the same. */
export function seriesQuery(ids: readonly string[]) {
  const sample = evenly(ids, SAMPLED_RUNS);
  return queryOptions({
    queryKey: ["shared-series", sample],
    queryFn: async ({ signal }) => {
      const ask = (id: string) => getJson("/api/v1/runs/{run_id}/series", { path: { run_id: id }, query: { derived: "true" }, signal });
      return shared((await Promise.all(sample.map(ask))).map(({ items }) => items));
    },
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}
