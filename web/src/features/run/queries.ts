import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getColumns, getJson } from "../../api/client";
import type { Span, XAxis } from "../../lib/columns";
import { queryKeys } from "../../lib/query-keys";
import { seriesLoader } from "../../series/batch";

const loadSeries = seriesLoader((query) => getColumns({ query }));

export function runQuery(id: string) {
  return queryOptions({
    queryKey: queryKeys.run(id),
    queryFn: ({ signal }) => getJson("/api/v1/runs/{run_id}", { path: { run_id: id }, signal }),
  });
}

export interface ChartAsk {
  readonly names: readonly string[];
  readonly x: XAxis;
  readonly window: Span | null;
  readonly buckets: number;
}

/** The columns of one chart. Charts that ask at the same moment share a request. */
export function chartQuery(run: string, ask: ChartAsk, enabled: boolean) {
  return queryOptions({
    queryKey: queryKeys.series([run], ask),
    queryFn: () => loadSeries({ runs: [run], ...ask }),
    enabled: enabled && ask.buckets > 0,
    structuralSharing: false, // arrays are compared by identity only
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}
