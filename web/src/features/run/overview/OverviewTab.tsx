import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail, SeriesInfo } from "../../../api/client";
import { ChartPanel } from "../../../panels/ChartPanel";
import { Notice } from "../../../ui/Notice";
import { bestOf, mainSeries } from "../best";
import { useFindings } from "../diagnosis/use-findings";
import { standingQuery } from "../queries";
import type { Standing } from "../standing";
import { useFixedContext } from "../use-fixed-context";
import { AnswerLine } from "./AnswerLine";
import { Attention } from "./Attention";
import { useActMarks } from "../use-act-marks";
import { overviewCharts } from "./charts";
import { ConfusionCard } from "./ConfusionCard";
import { GapCard } from "./GapCard";
import { Life } from "./Life";
import styles from "./Overview.module.css";
import { Pictures } from "./Pictures";
import { StandingCard } from "./StandingCard";
import { WorstClasses } from "./WorstClasses";

const BUCKETS = 250;

const hasEpochs = ({ series }: RunDetail) => series.some(({ family, last_epoch: epoch }) => family !== "system" && epoch !== null);

/** The best epoch as a mark on the charts, where it is known and epochs run along x. */
function useBestMark(run: RunDetail) {
  const { t } = useTranslation("overview");
  const epoch = hasEpochs(run) ? bestOf(run)?.epoch : undefined;
  const label = t("best");
  return useMemo(() => (epoch === undefined ? [] : [{ x: epoch, label }]), [epoch, label]);
}

/** The plans by their content: a refetched run with the same series keeps the same charts. */
function useCharts(series: readonly SeriesInfo[], main: string | null, standing: Standing | undefined) {
  const { t } = useTranslation("overview");
  const rival = standing?.rival?.id ?? null;
  const leads = standing?.rank === 1;
  const label = useMemo(() => {
    const key = leads ? "behind.second" : "behind.best";
    return { en: t(key, { lng: "en" }), zh: t(key, { lng: "zh" }) };
  }, [t, leads]);
  const shape = series.map(({ name }) => name).join("\n");
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the names stand for the series: their values do not change the plan
  return useMemo(() => overviewCharts(series, main, rival === null ? null : { run: rival, label }), [shape, main, rival, label]);
}

function Charts({ run, main, standing }: { run: RunDetail; main: SeriesInfo | null; standing: Standing | undefined }) {
  const charts = useCharts(run.series, main?.name ?? null, standing);
  const axis = hasEpochs(run) ? "epoch" : "step";
  const [best, acts] = [useBestMark(run), useActMarks(run, axis)];
  const stages = useMemo(() => [...best, ...acts], [best, acts]);
  const context = useFixedContext(run, { axis, buckets: BUCKETS, stages });
  return (
    <div className={styles.charts} data-count={charts.length}>
      {charts.map((plan) => (
        <ChartPanel key={plan.key} plan={plan} context={context} />
      ))}
    </div>
  );
}

/** On one screen: is the run alive, is it good, and what should be done. */
export default function OverviewTab({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const main = useMemo(() => mainSeries(run.series), [run.series]);
  const { data: standing } = useQuery(standingQuery(run, main));
  const { answer } = useFindings(run);
  const empty = run.series.length === 0;
  return (
    <div className={styles.overview}>
      {answer ? <AnswerLine answer={answer} /> : null}
      <Life run={run} />
      <div className={styles.main}>
        <Attention run={run} />
        {empty ? <Notice title={t("noSeries.title")} detail={t("noSeries.text")} /> : <Charts run={run} main={main} standing={standing} />}
        {standing && main ? <StandingCard run={run} main={main} standing={standing} /> : null}
      </div>
      <div className={styles.cards}>
        <WorstClasses run={run} />
        <ConfusionCard run={run} />
        <GapCard run={run} />
        <Pictures run={run} />
      </div>
    </div>
  );
}
