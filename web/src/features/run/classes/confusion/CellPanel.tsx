import { ActionIcon } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MediaItem, RunDetail } from "../../../../api/client";
import { curveLines } from "../../../../charts/options/curve-lines";
import { useLanguage } from "../../../../i18n/use-language";
import { itemsQuery } from "../../../../items/queries";
import { ChartPanel } from "../../../../panels/ChartPanel";
import { chart, line, same, text } from "../../../../panels/plan";
import { CloseIcon } from "../../../../ui/icons";
import styles from "../Classes.module.css";
import { LazyFigure } from "../LazyFigure";
import type { Cell } from "../search";
import { useEpochContext, useTheme } from "../use-look";
import type { Naming } from "../use-name";
import { useMixWords } from "../use-words";
import own from "./Confusion.module.css";
import { confusionOf, mixAt, placeOf, trendEpochs, type Confusion, type Mix } from "./derive";

interface CellProps {
  readonly run: RunDetail;
  readonly cell: Cell;
  readonly confusion: Confusion;
  readonly epochs: readonly number[];
  readonly epoch: number;
  readonly naming: Naming;
  readonly onClose: () => void;
}

interface Reading {
  readonly epoch: number;
  readonly mix: Mix;
}

function readingOf(item: MediaItem, cell: Cell): Reading[] {
  const found = item.data?.type === "matrix" ? confusionOf(item.data) : null;
  const place = found ? placeOf(found, cell) : null;
  return found && place && item.epoch !== null ? [{ epoch: item.epoch, mix: mixAt(found, place.row, place.column) }] : [];
}

const PART_EPOCHS = 50; // matrices of one request

/** The epochs to ask for, in ranges where all are wanted and one by one where few of many are. */
function asksOf(wanted: readonly number[], all: readonly number[]): { fromEpoch: number; toEpoch: number }[] {
  const size = wanted.length === all.length ? PART_EPOCHS : 1;
  const parts = Array.from({ length: Math.ceil(wanted.length / size) }, (_, at) => wanted.slice(at * size, (at + 1) * size));
  return parts.map((part) => ({ fromEpoch: part[0] ?? 0, toEpoch: part.at(-1) ?? 0 }));
}

/** How a place of the matrix went over the training. */
function useTrend({ run, cell, epochs, confusion }: Pick<CellProps, "run" | "cell" | "epochs" | "confusion">): readonly Reading[] {
  const asks = useMemo(() => asksOf(trendEpochs(epochs, confusion.classes.length), epochs), [epochs, confusion.classes.length]);
  return useQueries({
    queries: asks.map((ask) => itemsQuery([run.id], { names: ["confusion"], data: true, ...ask })),
    combine: (answers) => answers.flatMap(({ data = [] }) => data.flatMap((item) => readingOf(item, cell))).toSorted((a, b) => a.epoch - b.epoch),
  });
}

function Trend({ readings, epoch, label }: { readings: readonly Reading[]; epoch: number; label: string }) {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  const locale = useLanguage();
  const option = useMemo(() => {
    const lines = [{ id: "share", label, x: readings.map((one) => one.epoch), y: readings.map(({ mix }) => (mix.of > 0 ? (100 * mix.count) / mix.of : Number.NaN)), look: "strong" as const, color: 1 }];
    return curveLines({ lines, xName: t("epoch"), yName: t("sharePercent"), theme, locale, xEnds: null, yEnds: [0, null], marks: [{ x: epoch, label: "" }], stacked: false });
  }, [readings, epoch, label, theme, locale, t]);
  return <LazyFigure name="cell-trend" label={t("trendLabel", { name: label })} option={option} height={180} />;
}

const MEASURES = ["AP50", "AP"] as const;

/** The AP of the classes that are mixed up; null where no series has it. */
function usePlan({ run, cell, naming }: Pick<CellProps, "run" | "cell" | "naming">) {
  const { t } = useTranslation("classes");
  return useMemo(() => {
    const numbers = [...new Set([cell.true, cell.predicted])].filter((number) => number >= 0);
    const measure = MEASURES.find((one) => run.series.some(({ name }) => name === `class/${naming.keyOf(numbers[0] ?? 0)}/${one}`));
    const lines = numbers.flatMap((number, color) => {
      const info = run.series.find(({ name }) => name === `class/${naming.keyOf(number)}/${measure ?? ""}`);
      return info ? [line(info, color, { label: same(naming.ofNumber(number)) })] : [];
    });
    return lines.length > 0 && measure ? chart(`cell/${numbers.join("-")}`, text(same(t("apOfBoth", { measure: t(`measures.${measure}`) }))), lines) : null;
  }, [run.series, cell, naming, t]);
}

/** One place of the matrix: how often, since when, and how good both classes are. */
export function CellPanel(props: CellProps) {
  const { run, cell, confusion, epoch, naming, onClose } = props;
  const { t } = useTranslation("classes");
  const say = useMixWords(naming);
  const context = useEpochContext(run);
  const readings = useTrend(props);
  const plan = usePlan(props);
  const place = placeOf(confusion, cell);
  const said = place ? say(mixAt(confusion, place.row, place.column)) : "";
  return (
    <section className={`${styles.card} ${own.cell}`} data-testid="cell-panel">
      <header>
        <h3>{said}</h3>
        <ActionIcon variant="subtle" color="gray" aria-label={t("close")} title={t("close")} onClick={onClose}>
          <CloseIcon />
        </ActionIcon>
      </header>
      {readings.length > 1 ? <Trend readings={readings} epoch={epoch} label={said} /> : null}
      {plan ? <ChartPanel key={plan.key} plan={plan} context={context} /> : null}
    </section>
  );
}
