import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../../api/client";
import { ChartPanel } from "../../../../panels/ChartPanel";
import { chart, same, text, type ChartPlan, type PlannedLine } from "../../../../panels/plan";
import styles from "../Classes.module.css";
import type { PartProps } from "../ClassesTab";
import { useEpochContext } from "../use-look";
import { useNumbers } from "../use-words";
import { lossParts, type LossPart } from "./derive";
import { sourceWithoutGains } from "./source";

const planned = (name: string, label: string, color: number, dashed: boolean): PlannedLine => ({ run: null, name, label: same(label), unit: "", color, dashed, faint: false });

/** Training and validation of each component, which have one colour. */
function linesOf(parts: readonly LossPart[], words: { train: string; val: string }): PlannedLine[] {
  return parts.flatMap(({ component, train, val }, color) => [
    ...(train === null ? [] : [planned(train, `${component} · ${words.train}`, color, false)]),
    ...(val === null ? [] : [planned(val, `${component} · ${words.val}`, color, true)]),
  ]);
}

function usePlans(parts: readonly LossPart[]): { losses: ChartPlan; overlap: ChartPlan | null } {
  const { t } = useTranslation("classes");
  return useMemo(() => {
    const words = { train: t("train"), val: t("val") };
    const boxes = parts.filter(({ component }) => component === "box");
    const overlap = boxes.length > 0 ? chart("implied-overlap", text(same(t("losses.overlap"))), linesOf(boxes, words)) : null;
    return { losses: chart("losses-without-gains", text(same(t("losses.title"))), linesOf(parts, words)), overlap };
  }, [parts, t]);
}

function Gains({ parts, run }: { parts: readonly LossPart[]; run: RunDetail }) {
  const { t } = useTranslation("classes");
  const { number } = useNumbers();
  const lastOf = ({ gainSeries, gain }: LossPart) => {
    const last = run.series.find(({ name }) => name === gainSeries)?.last;
    return typeof last === "number" ? last : gain;
  };
  const said = parts.map((part) => `${part.component} ${number(lastOf(part))}`).join(t("join"));
  return <p className={styles.lead}>{t("losses.gains", { gains: said })}</p>;
}

/** Losses as they would be if each counted once, and what the box loss says of the overlap. */
export default function LossesPart({ run }: PartProps) {
  const { t } = useTranslation("classes");
  const known = JSON.stringify(lossParts(run));
  const parts = useMemo((): readonly LossPart[] => JSON.parse(known), [known]);
  const { losses, overlap } = usePlans(parts);
  const base = useEpochContext(run);
  const ofLosses = useMemo(() => ({ ...base, source: sourceWithoutGains(parts, "loss") }), [base, parts]);
  const ofOverlap = useMemo(() => ({ ...base, source: sourceWithoutGains(parts, "overlap") }), [base, parts]);
  return (
    <>
      <Gains parts={parts} run={run} />
      <div className={styles.halves}>
        <div>
          <ChartPanel key={losses.key} plan={losses} context={ofLosses} />
          <p className={styles.hint}>{t("losses.why")}</p>
        </div>
        {overlap ? (
          <div>
            <ChartPanel key={overlap.key} plan={overlap} context={ofOverlap} />
            <p className={styles.hint}>{t("losses.overlapWhy")}</p>
          </div>
        ) : null}
      </div>
    </>
  );
}
