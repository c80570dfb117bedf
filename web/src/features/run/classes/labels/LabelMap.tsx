import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MediaItem } from "../../../../api/client";
import type { Heat } from "../../../../charts/heat-paint";
import type { Place } from "../../../../charts/options/heatmap";
import styles from "../Classes.module.css";
import { LazyGrid } from "../LazyGrid";
import { useTheme } from "../use-look";
import { useNumbers } from "../use-words";
import { rangeAt, type Split } from "./derive";
import { mapOf } from "./map";

const NO_LABELS: readonly string[] = [];

interface Counted extends Place {
  readonly count: number;
  readonly total: number;
}

interface MapProps {
  readonly name: string;
  readonly title: string;
  readonly hint: string;
  readonly label: string;
  readonly item: MediaItem | undefined;
  readonly told: (cell: Counted) => string;
}

/** How many labels there are of each kind that two measures make. */
function LabelMap({ name, title, hint, label, item, told }: MapProps) {
  const theme = useTheme();
  const data = item?.data;
  const found = useMemo(() => {
    if (data?.type !== "matrix") return null;
    const map = mapOf(data);
    const heat: Heat = { ...map, tintOf: () => "cool", textOf: () => "", rowLabels: NO_LABELS, columnLabels: NO_LABELS };
    return { ...map, heat };
  }, [data]);
  if (!found) return null;
  const { heat, counts, total } = found;
  return (
    <section className={styles.card}>
      <h3>{title}</h3>
      <p className={styles.hint}>{hint}</p>
      <LazyGrid name={name} label={label} heat={heat} theme={theme} height={300} told={(at) => told({ ...at, count: counts[at.row * heat.shape.columns + at.column] ?? 0, total })} />
    </section>
  );
}

interface SetProps {
  readonly split: Split;
  readonly newest: ReadonlyMap<string, MediaItem>;
}

/** Where in the picture box centres lie. */
export function PositionMap({ split, newest }: SetProps) {
  const { t } = useTranslation("classes");
  const { number, percent } = useNumbers();
  const item = newest.get(`labels/${split}/positions`);
  const data = item?.data;
  const [rows, columns] = data?.type === "matrix" ? [data.height, data.width] : [1, 1];
  const told = ({ row, column, count, total }: Counted) =>
    t("positionTold", { x: percent(column + 0.5, columns), y: percent(row + 0.5, rows), count: number(count), percent: percent(count, total) });
  const title = t(`positions_${split}`);
  return <LabelMap name={`positions-${split}`} title={title} hint={t("positionsHint")} label={t("positionsLabel", { title })} item={item} told={told} />;
}

/** Which widths and heights boxes have together. */
export function SizeMap({ split, newest }: SetProps) {
  const { t } = useTranslation("classes");
  const { number, percent } = useNumbers();
  const item = newest.get(`labels/${split}/sizes`);
  const sides = newest.get(`labels/${split}/width`)?.data;
  const pixels = (bin: number) => {
    const range = sides?.type === "histogram" ? rangeAt(sides, bin) : null;
    return range === null ? "?" : t("pixelRange", { from: number(Math.round(range[0])), to: number(Math.round(range[1])) });
  };
  const told = ({ row, column, count, total }: Counted) =>
    t("sizeTold", { width: pixels(column), height: pixels(row), count: number(count), percent: percent(count, total) });
  const title = t(`sizes_${split}`);
  return <LabelMap name={`sizes-${split}`} title={title} hint={t("sizesHint")} label={t("sizesLabel", { title })} item={item} told={told} />;
}
