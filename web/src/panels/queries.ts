import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getColumns } from "../api/client";
import type { Span, XAxis } from "../lib/columns";
import { queryKeys } from "../lib/query-keys";
import { seriesLoader } from "../series/batch";

const loadSeries = seriesLoader((query) => getColumns({ query }));

export interface ChartAsk {
  readonly names: readonly string[];
  readonly x: XAxis;
  readonly window: Span | null;
  readonly buckets: number;
}

/** The columns of one chart, of one run or of many. Charts that ask at the same moment share a request. */
export function chartQuery(runs: readonly string[], ask: ChartAsk, enabled: boolean) {
  return queryOptions({
    queryKey: queryKeys.series(runs, ask),
    queryFn: () => loadSeries({ runs, ...ask }),
    enabled: enabled && ask.buckets > 0 && runs.length > 0,
    structuralSharing: false, // arrays are compared by identity only
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}

const SUPERSEDED_MOST = 12; // attempts; more would be a tangle

/** What of a chart's points later attempts took the place of, attempt by attempt, the newest ones of many. */
export function supersededQuery(run: string, ask: ChartAsk, attempts: readonly number[], enabled: boolean) {
  const older = attempts.slice(-SUPERSEDED_MOST);
  return queryOptions({
    queryKey: queryKeys.series([run], { ...ask, supersededOf: older }),
    queryFn: () =>
      Promise.all(older.map(async (attempt) => ({ attempt, columns: await loadSeries({ runs: [run], ...ask, supersededOf: attempt }) }))),
    enabled: enabled && ask.buckets > 0 && older.length > 0,
    structuralSharing: false,
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}
