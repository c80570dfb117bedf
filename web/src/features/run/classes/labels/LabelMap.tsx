import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MediaItem } from "../../../../api/client";
import type { Heat } from "../../../../charts/heat-paint";
import type { Place } from "../../../../charts/options/heatmap";
import styles from "../Classes.module.css";
import { valuesOf } from "../columns";
import { LazyGrid } from "../LazyGrid";
import { useTheme } from "../use-look";
import { useNumbers } from "../use-words";
import type { Split } from "./derive";

const NO_LABELS: readonly string[] = [];

/** Where in the picture box centres lie. */
export function LabelMap({ split, item }: { split: Split; item: MediaItem | undefined }) {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  const { number, percent } = useNumbers();
  const data = item?.data;
  const found = useMemo(() => {
    if (data?.type !== "matrix") return null;
    const counts = data.values.flatMap(valuesOf);
    const most = Math.max(1, ...counts);
    const heat: Heat = {
      shape: { rows: data.height, columns: data.width },
      shares: counts.map((count) => Math.sqrt(count / most)),
      tintOf: () => "cool",
      textOf: () => "",
      rowLabels: NO_LABELS,
      columnLabels: NO_LABELS,
    };
    return { heat, counts, total: counts.reduce((sum, count) => sum + count, 0) };
  }, [data]);
  if (!found || data?.type !== "matrix") return null;
  const { heat, counts, total } = found;
  const told = ({ row, column }: Place) => {
    const count = counts[row * heat.shape.columns + column] ?? 0;
    return t("positionTold", { x: percent(column + 0.5, heat.shape.columns), y: percent(row + 0.5, heat.shape.rows), count: number(count), percent: percent(count, total) });
  };
  const title = t(`positions_${split}`);
  return (
    <section className={styles.card}>
      <h3>{title}</h3>
      <p className={styles.hint}>{t("positionsHint")}</p>
      <LazyGrid name={`positions-${split}`} label={t("positionsLabel", { title })} heat={heat} theme={theme} height={300} told={told} />
    </section>
  );
}
