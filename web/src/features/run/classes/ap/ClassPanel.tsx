import { ActionIcon, Button } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MediaName, RunDetail } from "../../../../api/client";
import { curveLines } from "../../../../charts/options/curve-lines";
import { useLanguage } from "../../../../i18n/use-language";
import { ChartPanel } from "../../../../panels/ChartPanel";
import { chart, line, same, text, type ChartPlan } from "../../../../panels/plan";
import { CloseIcon } from "../../../../ui/icons";
import type { Confusion } from "../confusion/derive";
import { topMixes } from "../confusion/derive";
import { curveLinesOf, curvesOf } from "../curves/derive";
import { LazyFigure } from "../LazyFigure";
import { classSeries } from "../names";
import { useEpochs, useItemsAt } from "../queries";
import { MEASURES, type Measure, type Suffix } from "../search";
import { useEpochContext, useTheme } from "../use-look";
import type { Naming } from "../use-name";
import { useClassesView } from "../use-view";
import { useMixWords, useNumbers } from "../use-words";
import styles from "./Ap.module.css";
import type { ClassRow } from "./rows";

interface PanelProps {
  readonly run: RunDetail;
  readonly items: readonly MediaName[];
  readonly row: ClassRow;
  readonly epochs: readonly number[];
  readonly measure: Measure;
  /** Whether the values are those of masks or poses; undefined for boxes. */
  readonly suffix: Suffix | undefined;
  readonly confusion: Confusion | null;
  readonly naming: Naming;
  readonly onClose: () => void;
}

/** All measures of the class as lines over epochs; null where no series has them. */
function usePlan({ run, row, suffix, naming }: PanelProps): ChartPlan | null {
  const { t } = useTranslation("classes");
  return useMemo(() => {
    const infos = MEASURES.flatMap((measure) => {
      const info = run.series.find(({ name }) => name === `class/${row.key}/${measure}`);
      return info && classSeries(info.name) ? [line(info, MEASURES.indexOf(measure), { label: same(t(`measures.${measure}`)) })] : [];
    });
    return infos.length > 0 && suffix === undefined ? chart(`class-panel/${row.key}`, text(same(t("overEpochs", { name: naming.ofKey(row.key) }))), infos) : null;
  }, [run.series, row.key, suffix, naming, t]);
}

/** What no series has, as of classifiers and masks, is drawn from the table's values. */
function ValuesFigure({ row, epochs, measure, naming }: Pick<PanelProps, "row" | "epochs" | "measure" | "naming">) {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  const locale = useLanguage();
  const option = useMemo(() => {
    const lines = [{ id: row.key, label: t(`measures.${measure}`), x: epochs, y: [...row.values], look: "strong" as const, color: 0 }];
    return curveLines({ lines, xName: t("epoch"), yName: t(`measures.${measure}`), theme, locale, xEnds: null, yEnds: [0, 1], marks: [], stacked: false });
  }, [row, epochs, measure, theme, locale, t]);
  return <LazyFigure name="class-values" label={t("overEpochs", { name: naming.ofKey(row.key) })} option={option} height={200} />;
}

const prOf = (suffix: Suffix | undefined) => `curves/precision_recall${suffix ? `_${suffix}` : ""}`;

/** Precision over recall of the class at the newest epoch, beside that of all classes. */
function PrCurve({ run, row, naming, name }: Pick<PanelProps, "run" | "row" | "naming"> & { name: string }) {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  const locale = useLanguage();
  const epochs = useEpochs(run.id, name);
  const names = useMemo(() => [name], [name]);
  const { items } = useItemsAt(run.id, names, epochs.at(-1) ?? null);
  const data = items.at(-1)?.data;
  const option = useMemo(() => {
    if (data?.type !== "curve" || row.number === null) return null;
    const lines = curveLinesOf(curvesOf(data), { strong: [row.number], nameOf: naming.ofNumber, ghost: null }).filter(({ look }) => look !== "faint");
    return curveLines({ lines, xName: t("axes.recall"), yName: t("axes.precision"), theme, locale, xEnds: [0, 1], yEnds: [0, 1], marks: [], stacked: false });
  }, [data, row.number, naming, theme, locale, t]);
  if (!option) return null;
  return (
    <>
      <h4>{t("prOf")}</h4>
      <LazyFigure name="class-pr" label={t("prOf")} option={option} height={200} />
    </>
  );
}

const MIXES = 4;

function Mixes({ confusion, row, naming }: Pick<PanelProps, "confusion" | "row" | "naming">) {
  const { t } = useTranslation("classes");
  const [, change] = useClassesView();
  const say = useMixWords(naming);
  const found = useMemo(() => {
    if (!confusion || row.number === null) return [];
    const all = [...topMixes(confusion, "classes", Infinity), ...topMixes(confusion, "background", Infinity)];
    return all.filter((mix) => mix.predicted === row.number || mix.true === row.number).toSorted((a, b) => b.count - a.count).slice(0, MIXES);
  }, [confusion, row.number]);
  if (found.length === 0) return null;
  return (
    <>
      <h4>{t("itsMixes")}</h4>
      <ul className={styles.mixes}>
        {found.map((mix) => (
          <li key={`${mix.predicted}/${mix.true}`}>
            <button type="button" onClick={() => change({ part: "confusion", cell: { predicted: mix.predicted, true: mix.true }, epoch: undefined })}>
              {say(mix)}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The values that the strip shows as colours. */
function Values({ row, epochs, measure }: Pick<PanelProps, "row" | "epochs" | "measure">) {
  const { t } = useTranslation("classes");
  const { number, epoch } = useNumbers();
  return (
    <details className={styles.values}>
      <summary>{t("values", { measure: t(`measures.${measure}`) })}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("epoch")}</th>
            <th scope="col">{t(`measures.${measure}`)}</th>
          </tr>
        </thead>
        <tbody>
          {epochs.map((at, column) => (
            <tr key={at}>
              <th scope="row">{epoch(at)}</th>
              <td>{number(row.values[column] ?? null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** One class closely: its curves, what it is mixed up with, its numbers. */
export function ClassPanel(props: PanelProps) {
  const { run, items, row, epochs, measure, suffix, confusion, naming, onClose } = props;
  const { t } = useTranslation("classes");
  const { number } = useNumbers();
  const [, change] = useClassesView();
  const context = useEpochContext(run);
  const plan = usePlan(props);
  const name = naming.ofKey(row.key);
  const hasCurves = items.some((item) => item.name === prOf(suffix)) && row.number !== null;
  return (
    <aside className={styles.panel} aria-label={name} data-testid="class-panel">
      <header>
        <h3 title={name}>{name}</h3>
        <ActionIcon variant="subtle" color="gray" aria-label={t("close")} title={t("close")} onClick={onClose}>
          <CloseIcon />
        </ActionIcon>
      </header>
      {row.train === null && row.val === null ? null : <p className={styles.facts}>{t("objects", { train: number(row.train), val: number(row.val) })}</p>}
      {plan ? <ChartPanel key={plan.key} plan={plan} context={context} /> : <ValuesFigure row={row} epochs={epochs} measure={measure} naming={naming} />}
      {hasCurves ? <PrCurve run={run} row={row} naming={naming} name={prOf(suffix)} /> : null}
      <Mixes confusion={confusion} row={row} naming={naming} />
      {hasCurves && row.number !== null ? (
        <Button variant="default" size="compact-sm" onClick={() => change({ part: "curves", strong: row.number === null ? undefined : [row.number], epoch: undefined })}>
          {t("allCurves")}
        </Button>
      ) : null}
      <Values row={row} epochs={epochs} measure={measure} />
    </aside>
  );
}
