import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { getColumns, type RunDetail } from "../../api/client";
import type { StageMark } from "../../charts/scene";
import { useLanguage } from "../../i18n/use-language";
import type { Columns, XAxis } from "../../lib/columns";
import { formatNumber } from "../../lib/format";
import { seriesLoader } from "../../series/batch";
import { fullestSeries } from "./history/attempts";
import { converted, stagesOf, type Stage } from "./stages";

const loadSeries = seriesLoader((query) => getColumns({ query }));
const BUCKETS = 1000; // a stage stands within a thousandth of the run
const MOSAIC = "augmentation/mosaic";

interface Places {
  readonly epochs: readonly Columns[];
  /** The fullest series on the axis that is shown. */
  readonly shown: Columns | undefined;
}

/** Once an epoch: stages come that slowly. */
function placesQuery(run: RunDetail, axis: XAxis, names: readonly string[]) {
  const ask = { runs: [run.id], window: null, buckets: BUCKETS };
  const fullest = fullestSeries(run.series);
  async function load(): Promise<Places> {
    const [epochs, shown] = await Promise.all([
      loadSeries({ ...ask, names: [...names, fullest], x: "epoch" }),
      axis === "epoch" ? [] : loadSeries({ ...ask, names: [fullest], x: axis }),
    ]);
    return { epochs, shown: shown[0] };
  }
  return queryOptions({
    queryKey: ["stages", run.id, axis, run.epoch, names, fullest],
    queryFn: load,
    enabled: fullest !== "" && run.epoch > 0,
    structuralSharing: false,
    placeholderData: (known) => known,
  });
}

function placeOf({ epoch }: Pick<Stage, "epoch">, axis: XAxis, { epochs, shown }: Places, fullest: string): number | null {
  const from = epochs.find(({ name }) => name === fullest);
  if (axis === "epoch") return epoch;
  return from && shown?.xAxis === axis ? converted(epoch, from, shown) : null;
}

function usePlaces(run: RunDetail, axis: XAxis): Places | undefined {
  const names = useMemo(() => {
    const lr = run.series.find(({ name }) => name.startsWith("lr/"))?.name;
    return [...(lr === undefined ? [] : [lr]), ...(run.series.some(({ name }) => name === MOSAIC) ? [MOSAIC] : [])];
  }, [run.series]);
  return useQuery(placesQuery(run, axis, names)).data;
}

/** Tells an epoch on another axis; null where that is not known. */
export function useConverted(run: RunDetail, axis: XAxis): (epoch: number) => number | null {
  const data = usePlaces(run, axis);
  const fullest = fullestSeries(run.series);
  return (epoch) => (data ? placeOf({ epoch }, axis, data, fullest) : null);
}

/** Warm-up, the end of mosaic and steps of the learning rate, where they stand on an axis. */
export function useStages(run: RunDetail, axis: XAxis): readonly StageMark[] {
  const { t } = useTranslation("panels");
  const locale = useLanguage();
  const data = usePlaces(run, axis);
  const fullest = fullestSeries(run.series);
  const find = (test: (name: string) => boolean) => data?.epochs.find(({ name }) => test(name));
  const facts = { settings: run.settings, reached: run.epoch, lr: find((name) => name.startsWith("lr/")), mosaic: find((name) => name === MOSAIC) };
  const marks = data
    ? stagesOf(facts).flatMap((stage): StageMark[] => {
        const x = placeOf(stage, axis, data, fullest);
        const label = stage.kind === "lrStep" ? t("stages.lrStep", { factor: formatNumber(stage.factor, locale) }) : t(`stages.${stage.kind}`);
        return x === null ? [] : [{ x, label }];
      })
    : [];
  const known = JSON.stringify(marks);
  return useMemo(() => {
    const stable: StageMark[] = JSON.parse(known);
    return stable;
  }, [known]);
}
