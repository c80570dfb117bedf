import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Finding, RunDetail } from "../../../api/client";
import { ChartPanel } from "../../../panels/ChartPanel";
import { useFixedContext } from "../use-fixed-context";
import styles from "./Diagnosis.module.css";
import { evidenceCharts } from "./evidence";

const BUCKETS = 250;

const hasEpochs = ({ series }: RunDetail) => series.some(({ family, last_epoch: epoch }) => family !== "system" && epoch !== null);

/** The place at which a finding opened, and the stretch that it is seen in. */
function usePlace(run: RunDetail, { by_step: byStep, opened, window }: Finding) {
  const { t } = useTranslation("diagnosis");
  const axis = byStep || !hasEpochs(run) ? ("step" as const) : ("epoch" as const);
  const x = axis === "step" ? opened.step : opened.epoch;
  const [from, to] = (axis === "step") === byStep ? (window ?? []) : [];
  const label = t("card.opened");
  const stages = useMemo(() => (x === null ? [] : [{ x, label }]), [x, label]);
  const shaded = useMemo(() => (from === undefined || to === undefined ? null : ([from, to] as const)), [from, to]);
  return { axis, stages, shaded };
}

/** The plans by their content: a refetched run with the same series keeps the same charts. */
function usePlans(run: RunDetail, finding: Finding) {
  const shape = JSON.stringify([finding.rule, finding.by_step, finding.series, run.series.map(({ name }) => name)]);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the text stands for what decides
  return useMemo(() => evidenceCharts(finding, run.series), [shape]);
}

/** The curves that bear a finding out, the stretch that it is seen in shaded. */
export function Evidence({ run, finding }: { run: RunDetail; finding: Finding }) {
  const plans = usePlans(run, finding);
  const context = useFixedContext(run, { ...usePlace(run, finding), buckets: BUCKETS });
  if (plans.length === 0) return null;
  return (
    <div className={styles.charts} data-testid="evidence">
      {plans.map((plan) => (
        <ChartPanel key={plan.key} plan={plan} context={context} />
      ))}
    </div>
  );
}
