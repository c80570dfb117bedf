import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { queryKeys } from "../../../../lib/query-keys";
import { chartQuery, type ChartAsk } from "../../../../panels/queries";
import { gainsOf, withoutGain, type LossPart } from "./derive";

/** Where a chart's columns come from when gains are taken out: the stored losses and gains, divided here. */
export function sourceWithoutGains(parts: readonly LossPart[], kind: "loss" | "overlap"): typeof chartQuery {
  const partOf = (name: string) => parts.find(({ train, val }) => name === train || name === val);
  return (runs: readonly string[], ask: ChartAsk, enabled: boolean) => {
    const gains = ask.names.flatMap((name) => partOf(name)?.gainSeries ?? []);
    return queryOptions({
      queryKey: queryKeys.series(runs, { ...ask, without: `gains/${kind}` }),
      queryFn: async ({ client }) => {
        const [columns, told] = await Promise.all([
          client.fetchQuery(chartQuery(runs, ask, true)),
          gains.length > 0 ? client.fetchQuery(chartQuery(runs, { ...ask, names: [...new Set(gains)], window: null }, true)) : [],
        ]);
        return columns.map((one) => {
          const part = partOf(one.name);
          return withoutGain(one, gainsOf(told.find(({ name }) => name === part?.gainSeries), part?.gain ?? null), kind);
        });
      },
      enabled: enabled && ask.buckets > 0 && runs.length > 0,
      structuralSharing: false,
      placeholderData: keepPreviousData,
      gcTime: 60_000,
    });
  };
}
