import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson, type SharedSeriesInfo } from "../api/client";

/** A series that some of several runs have, and the share of them that has it. */
export interface SharedSeries extends Omit<SharedSeriesInfo, "runs"> {
  readonly share: number;
}

/** What there is to draw; of runs that are gone nothing. */
export function seriesQuery(ids: readonly string[]) {
  return queryOptions({
    queryKey: ["shared-series", ids],
    queryFn: async ({ signal }): Promise<SharedSeries[]> => {
      const { items, runs: count } = await getJson("/api/v1/series/names", { query: { run: ids }, signal });
      return items.map(({ runs, ...info }) => ({ ...info, share: runs / count }));
    },
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}
