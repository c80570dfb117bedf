import type { Heat } from "../../../charts/heat-paint";
import type { CurvePicture } from "../../../charts/options/curve-lines";
import type { HistogramPicture } from "../../../charts/options/histogram-bars";
import type { ChartTheme } from "../../../charts/palette";
import type { Curve, Histogram, Matrix } from "../../../api/client";
import { formatNumber } from "../../../lib/format";

type Labels = Matrix["rows"];
type ClassLabel = (kind: number, title: string | null | undefined) => string;

export interface SummaryLook {
  readonly theme: ChartTheme;
  readonly locale: string;
}

/** What the places of an axis are called: classes, texts, or their numbers from 0. */
export function labelsFrom({ classes, titles, texts }: Labels, count: number, labelOf: ClassLabel): readonly string[] {
  return Array.from({ length: count }, (_, at) => {
    const kind = classes[at];
    if (kind !== undefined) return labelOf(kind, titles[at]);
    return texts[at] ?? String(at);
  });
}

/** A matrix as colours from 0 to its greatest size; what is below 0 is warm. */
export function heatFrom(matrix: Matrix, labelOf: ClassLabel, locale: string): Heat {
  const values = matrix.values.map((row) => row.map(Number));
  const most = values.flat().reduce((size, one) => (Number.isFinite(one) ? Math.max(size, Math.abs(one)) : size), 0);
  return {
    shape: { rows: matrix.height, columns: matrix.width },
    shares: values.flat().map((one) => (most > 0 ? Math.abs(one) / most : 0)),
    tintOf: (row, column) => ((values[row]?.[column] ?? 0) < 0 ? "warm" : "cool"),
    textOf: (row, column) => formatNumber(Number((values[row]?.[column] ?? NaN).toPrecision(2)), locale),
    rowLabels: labelsFrom(matrix.rows, matrix.height, labelOf),
    columnLabels: labelsFrom(matrix.columns, matrix.width, labelOf),
  };
}

const STRONG = 12; // so many curves have a colour each

export function curvesFrom(curve: Curve, labelOf: ClassLabel, { theme, locale }: SummaryLook): CurvePicture {
  const labels = labelsFrom(curve.curves, curve.y.length, labelOf);
  const x = curve.x.map(Number);
  const lines = curve.y.map((y, at) => {
    const kind = curve.curves.classes[at] ?? at;
    const look = curve.y.length > STRONG ? ("faint" as const) : ("strong" as const);
    return { id: String(at), label: labels[at] ?? "", x, y: y.map(Number), look: kind === -2 ? ("main" as const) : look, color: kind < 0 ? null : kind };
  });
  return { lines, xName: curve.x_name, yName: curve.y_name, theme, locale, xEnds: null, yEnds: null, marks: [], stacked: false };
}

export function barsFrom({ edges, counts }: Histogram, names: { readonly x: string; readonly y: string }, { theme, locale }: SummaryLook): HistogramPicture {
  return { edges: edges.map(Number), sets: [{ label: names.y, counts: counts.map(Number) }], xName: names.x, yName: names.y, theme, locale };
}
