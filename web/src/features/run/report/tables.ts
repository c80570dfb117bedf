import type { Matrix, RunDetail, SeriesInfo } from "../../../api/client";
import { formatMetric, formatNumber } from "../../../lib/format";
import { numberFromWire } from "../../../lib/numbers";
import type { Cell, MatrixRow } from "../../../panels/report/report";
import { confusionOf, sharesOf } from "../classes/confusion/derive";
import { classNames, BACKGROUND } from "../classes/names";
import { FINAL } from "../final";

type Language = "en" | "zh";

const FAMILIES = ["metric", "loss"] as const;
const SINGLE_BATCH = /^train\/(?!epoch\/)/;

const epochText = (epoch: number | null) => (epoch === null ? "" : String(Math.round(epoch)));

/** Metrics and losses with their best and their last value; of losses those of whole epochs where there are any. */
export function metricRows(series: readonly SeriesInfo[], language: Language): Cell[][] {
  const hasMeans = series.some(({ name }) => name.startsWith("train/epoch/"));
  const shown = FAMILIES.flatMap((family) => series.filter((one) => one.family === family && !one.name.startsWith(FINAL) && !(hasMeans && SINGLE_BATCH.test(one.name))));
  return shown.map(({ title, best, best_epoch: at, last }) => [
    { text: title[language] },
    { text: formatNumber(numberFromWire(best), language) },
    { text: epochText(at) },
    { text: formatNumber(numberFromWire(last), language) },
  ]);
}

const MEASURES = ["precision", "recall", "AP50", "AP"] as const;

/** What each class reached last; empty for a run without classes. */
export function classRows({ series, settings }: Pick<RunDetail, "series" | "settings">, language: Language): Cell[][] {
  const known = new Map(series.map(({ name, last }) => [name, numberFromWire(last)]));
  return classNames(series, settings).map(({ key }) => {
    const values = MEASURES.map((measure) => known.get(`class/${key}/${measure}`) ?? null);
    return [{ text: key }, ...values.map((value) => ({ text: formatMetric(value, language) }))];
  });
}

export interface ConfusionRows {
  readonly columns: readonly string[];
  readonly rows: readonly MatrixRow[];
}

const MOST_CLASSES = 40; // more would be no table that anybody reads

/** A confusion matrix with its rows predicted; null where it is none, or has too many classes. */
export function confusionRows(matrix: Matrix, background: string, language: Language): ConfusionRows | null {
  const confusion = confusionOf(matrix);
  if (!confusion || confusion.classes.length > MOST_CLASSES) return null;
  const titles = matrix.rows.titles ?? [];
  const names = confusion.classes.map((one, at) => (one === BACKGROUND ? background : (titles[at] ?? String(one))));
  const shares = sharesOf(confusion, "true");
  const size = names.length;
  const rows = names.map((label, row) => ({
    label,
    cells: names.map((_, column) => {
      const at = row * size + column;
      const count = confusion.counts[at] ?? 0;
      return { text: count === 0 ? "" : formatNumber(count, language), share: shares[at] ?? 0 };
    }),
  }));
  return { columns: names, rows };
}
