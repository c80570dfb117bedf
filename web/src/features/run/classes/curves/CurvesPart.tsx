import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MediaItem } from "../../../../api/client";
import { curveLines } from "../../../../charts/options/curve-lines";
import { useLanguage } from "../../../../i18n/use-language";
import { Notice } from "../../../../ui/Notice";
import { Choice } from "../Choice";
import styles from "../Classes.module.css";
import type { PartProps } from "../ClassesTab";
import { EpochBar } from "../EpochBar";
import { LazyFigure } from "../LazyFigure";
import { ALL } from "../names";
import { nearestEpoch, useEpochs, useItemsAt } from "../queries";
import { CURVE_KINDS, SUFFIXES, type CurveKind } from "../search";
import { useTheme } from "../use-look";
import { useNaming, type Naming } from "../use-name";
import { useClassesView } from "../use-view";
import { useNumbers } from "../use-words";
import { BestTable } from "./BestTable";
import { CompareWith } from "./CompareWith";
import { bestsOf, curveLinesOf, curvesOf, peakOf, type Curves } from "./derive";
import { useGhost } from "./use-ghost";

type Kinds = Readonly<Record<CurveKind, Curves | undefined>>;

const nameOf = (kind: CurveKind, suffix: string | undefined) => `curves/${kind}${suffix ? `_${suffix}` : ""}`;

function kindsOf(items: readonly MediaItem[], suffix: string | undefined): Kinds {
  const of = (kind: CurveKind) => {
    const data = items.find(({ name }) => name === nameOf(kind, suffix))?.data;
    return data?.type === "curve" ? curvesOf(data) : undefined;
  };
  return { precision_recall: of("precision_recall"), F1: of("F1"), precision: of("precision"), recall: of("recall") };
}

/** All kinds of curves at one epoch. */
function useKinds(run: string, suffix: string | undefined, epoch: number | null) {
  const names = useMemo(() => CURVE_KINDS.map((kind) => nameOf(kind, suffix)), [suffix]);
  const { items, error, retry } = useItemsAt(run, names, epoch);
  const kinds = useMemo(() => kindsOf(items, suffix), [items, suffix]);
  return { kinds, error, retry };
}

interface PictureProps {
  readonly kinds: Kinds;
  readonly kind: CurveKind;
  readonly naming: Naming;
  readonly ghost: ReturnType<typeof useGhost>;
}

function Picture({ kinds, kind, naming, ghost }: PictureProps) {
  const { t } = useTranslation("classes");
  const { number } = useNumbers();
  const [{ strong = [] }] = useClassesView();
  const theme = useTheme();
  const locale = useLanguage();
  const curves = kinds[kind];
  const option = useMemo(() => {
    if (!curves) return null;
    const lines = curveLinesOf(curves, { strong, nameOf: naming.ofNumber, ghost });
    const best = kind === "precision_recall" ? null : peakOf(kinds.F1?.x ?? [], kinds.F1?.of.get(ALL) ?? []);
    const marks = best ? [{ x: best.x, label: t("bestMark", { value: number(best.x) }) }] : [];
    const [xName, yName] = [t(kind === "precision_recall" ? "axes.recall" : "axes.confidence"), t(kind === "precision_recall" ? "axes.precision" : `axes.${kind}`)];
    return curveLines({ lines, xName, yName, theme, locale, xEnds: [0, 1], yEnds: [0, 1], marks, stacked: false });
  }, [curves, kinds, kind, strong, naming, ghost, theme, locale, number, t]);
  if (!option) return <Notice title={t("noCurve")} />;
  return <LazyFigure name="curves" label={t("curvesLabel", { kind: t(`curveKinds.${kind}`) })} option={option} height={420} />;
}

function Sentence({ kinds, naming }: { kinds: Kinds; naming: Naming }) {
  const { t } = useTranslation("classes");
  const { number } = useNumbers();
  const bests = useMemo(() => (kinds.F1 ? bestsOf(kinds.F1, null, null) : []), [kinds]);
  const all = bests.find((one) => one.number === ALL);
  if (!all) return null;
  const apart = bests.filter((one) => one.number !== ALL).toSorted((a, b) => Math.abs(b.confidence - all.confidence) - Math.abs(a.confidence - all.confidence))[0];
  const far = apart && Math.abs(apart.confidence - all.confidence) >= 0.1;
  return (
    <p className={styles.lead} data-testid="best-f1">
      {t("bestF1", { f1: number(all.f1), confidence: number(all.confidence) })}
      {far ? t("bestF1Apart", { name: naming.ofNumber(apart.number), confidence: number(apart.confidence) }) : ""}
    </p>
  );
}

/** Precision, recall and F1 of every class over confidence, at any epoch, beside another epoch or run. */
export default function CurvesPart({ run, items }: PartProps) {
  const { t } = useTranslation("classes");
  const naming = useNaming(run);
  const [view, change] = useClassesView();
  const { curve = "precision_recall", suffix } = view;
  const epochs = useEpochs(run.id, nameOf(curve, suffix));
  const epoch = nearestEpoch(epochs, view.epoch);
  const { kinds, error, retry } = useKinds(run.id, suffix, epoch);
  const ghost = useGhost(run, nameOf(curve, suffix));
  const suffixes = SUFFIXES.filter((one) => items.some(({ name }) => name === nameOf("F1", one)));
  const there = CURVE_KINDS.filter((kind) => items.some(({ name }) => name === nameOf(kind, suffix)));
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: retry }} />;
  return (
    <>
      <Sentence kinds={kinds} naming={naming} />
      <div className={styles.controls}>
        <Choice name="curve" label={t("curve")} options={there.map((value) => ({ value, label: t(`curveKinds.${value}`) }))} value={curve} onChange={(value) => change({ curve: value })} />
        {suffixes.length > 0 ? (
          <Choice name="suffix" label={t("suffix")} options={(["box", ...suffixes] as const).map((value) => ({ value, label: t(`suffixes.${value}`) }))} value={suffix ?? "box"} onChange={(value) => change({ suffix: value === "box" ? undefined : value })} />
        ) : null}
        <div className={styles.epochs}>{epoch === null ? null : <EpochBar epochs={epochs} value={epoch} onChange={(next) => change({ epoch: next })} />}</div>
        <CompareWith run={run} epochs={epochs} epoch={epoch} />
      </div>
      <div className={styles.split} data-open={kinds.F1 !== undefined}>
        <div className={styles.card}>
          <Picture kinds={kinds} kind={curve} naming={naming} ghost={ghost} />
        </div>
        {kinds.F1 ? <BestTable kinds={kinds} naming={naming} /> : null}
      </div>
    </>
  );
}
