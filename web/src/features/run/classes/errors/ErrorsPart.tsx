import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../../api/client";
import { curveColor, curveLines } from "../../../../charts/options/curve-lines";
import { useLanguage } from "../../../../i18n/use-language";
import { numberFromWire } from "../../../../lib/numbers";
import { ChartPanel } from "../../../../panels/ChartPanel";
import { chart, line, named, same } from "../../../../panels/plan";
import { chartQuery } from "../../../../panels/queries";
import { Choice } from "../Choice";
import styles from "../Classes.module.css";
import type { PartProps } from "../ClassesTab";
import { tableOf } from "../columns";
import { EpochBar } from "../EpochBar";
import { LazyFigure } from "../LazyFigure";
import { nearestEpoch, useEpochs, useItemsAt } from "../queries";
import { useEpochContext, useTheme } from "../use-look";
import { useNaming } from "../use-name";
import { useClassesView } from "../use-view";
import { useNumbers } from "../use-words";
import own from "./Errors.module.css";
import { counted, MISTAKES, overEpochs } from "./derive";
import { ErrorTable } from "./ErrorTable";
import { SizeTable } from "./SizeTable";

const BUCKETS = 200;
const NAMES = MISTAKES.map((kind) => `errors/${kind}`);
const ITEMS = ["errors", "sizes"];
const SIZES = ["small", "medium", "large"] as const;

const lastOf = (run: RunDetail, name: string) => numberFromWire(run.series.find((one) => one.name === name)?.last);

function Lead({ run }: { run: RunDetail }) {
  const { t } = useTranslation("classes");
  const { number, percent } = useNumbers();
  const found = counted((kind) => lastOf(run, `errors/${kind}`));
  if (!found) return null;
  const { predictions, correct, missed, worst } = found;
  return (
    <p className={styles.lead}>
      {t("errorsLead", { predictions: number(predictions), correct: number(correct), percent: percent(correct, predictions), missed: number(missed) })}
      {worst ? t("errorsWorst", { kind: t(`kinds.${worst.kind}`), count: number(worst.count) }) : ""}
    </p>
  );
}

function Legend() {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  return (
    <ul className={own.legend}>
      {MISTAKES.map((kind, color) => (
        <li key={kind}>
          <span className={own.swatch} style={{ background: curveColor(theme, { look: "strong", color }) }} />
          {t(`kinds.${kind}`)}
        </li>
      ))}
    </ul>
  );
}

function Stacked({ run }: { run: RunDetail }) {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  const locale = useLanguage();
  const { data } = useQuery(chartQuery([run.id], { names: NAMES, x: "epoch", window: null, buckets: BUCKETS }, true));
  const option = useMemo(() => {
    const lines = MISTAKES.map((kind, color) => ({ id: kind, label: t(`kinds.${kind}`), ...overEpochs(data ?? [], `errors/${kind}`), look: "strong" as const, color }));
    return curveLines({ lines: lines.filter(({ x }) => x.length > 0), xName: t("epoch"), yName: t("countOf"), theme, locale, xEnds: null, yEnds: null, marks: [], stacked: true });
  }, [data, theme, locale, t]);
  return (
    <>
      <LazyFigure name="errors" label={t("errorsLabel")} option={option} height={260} />
      <Legend />
    </>
  );
}

/** Kinds of errors over the training, standing on one another or as lines. */
function OverTime({ run }: { run: RunDetail }) {
  const { t } = useTranslation("classes");
  const [{ stacked = true }, change] = useClassesView();
  const context = useEpochContext(run);
  const plan = useMemo(() => {
    const lines = MISTAKES.flatMap((kind, color) => {
      const info = run.series.find(({ name }) => name === `errors/${kind}`);
      return info ? [line(info, color, { label: same(t(`kinds.${kind}`)) })] : [];
    });
    return chart("errors-lines", named("errors"), lines);
  }, [run.series, t]);
  if (plan.lines.length === 0) return null;
  return (
    <section className={styles.card} aria-label={t("errorsOverTime")}>
      <div className={own.head}>
        <h3>{t("errorsOverTime")}</h3>
        <Choice
          name="errors"
          label={t("errorsOverTime")}
          options={[
            { value: "stacked", label: t("stacked") },
            { value: "lines", label: t("lines") },
          ]}
          value={stacked ? "stacked" : "lines"}
          onChange={(value) => change({ stacked: value === "lines" ? false : undefined })}
        />
      </div>
      {stacked ? <Stacked run={run} /> : <ChartPanel key={plan.key} plan={plan} context={context} />}
    </section>
  );
}

function useRecallPlan(run: RunDetail) {
  const { t } = useTranslation("classes");
  return useMemo(() => {
    const lines = SIZES.flatMap((size, color) => {
      const info = run.series.find(({ name }) => name === `metrics/recall_${size}`);
      return info ? [line(info, color, { label: same(t(`sizes.${size}`)) })] : [];
    });
    return lines.length > 0 ? chart("recall-by-size", named("recallBySize"), lines) : null;
  }, [run.series, t]);
}

/** What kinds of mistakes are made, by which classes, and at which sizes. */
export default function ErrorsPart({ run }: PartProps) {
  const naming = useNaming(run);
  const [view, change] = useClassesView();
  const [byTable, bySize] = [useEpochs(run.id, "errors"), useEpochs(run.id, "sizes")];
  const epochs = byTable.length > 0 ? byTable : bySize;
  const epoch = nearestEpoch(epochs, view.epoch);
  const { items } = useItemsAt(run.id, ITEMS, epoch);
  const errors = tableOf(items.findLast(({ name }) => name === "errors")?.data);
  const sizes = tableOf(items.findLast(({ name }) => name === "sizes")?.data);
  const context = useEpochContext(run);
  const recall = useRecallPlan(run);
  return (
    <>
      <Lead run={run} />
      <div className={own.parts}>
        <OverTime run={run} />
        {recall ? <ChartPanel key={recall.key} plan={recall} context={context} /> : null}
      </div>
      {epoch === null ? null : (
        <div className={styles.controls}>
          <div className={styles.epochs}>
            <EpochBar epochs={epochs} value={epoch} onChange={(next) => change({ epoch: next })} />
          </div>
        </div>
      )}
      <div className={own.parts}>
        {errors ? <ErrorTable table={errors} naming={naming} /> : null}
        {sizes ? <SizeTable table={sizes} /> : null}
      </div>
    </>
  );
}
