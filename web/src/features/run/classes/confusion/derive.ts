import type { Matrix } from "../../../../api/client";
import { valuesOf } from "../columns";
import { BACKGROUND } from "../names";
import type { Share } from "../search";

/** A confusion matrix: rows are what was predicted, columns what was true; background (-1) stands last where there is one. */
export interface Confusion {
  readonly classes: readonly number[];
  /** Row by row, `classes.length` a row. */
  readonly counts: Float64Array;
  /** Objects of each true class, and predictions of each. */
  readonly truths: Float64Array;
  readonly predictions: Float64Array;
}

/** The matrix with its rows predicted, whichever way it was logged; null where its rows and columns are not the same classes. */
export function confusionOf(matrix: Matrix): Confusion | null {
  const { classes } = matrix.rows;
  const fits = classes.length === matrix.height && classes.length === matrix.width && classes.every((one, at) => one === matrix.columns.classes[at]);
  if (!fits || classes.length === 0) return null;
  const size = classes.length;
  const turned = matrix.rows.name === "true";
  const rows = matrix.values.map(valuesOf);
  const counts = Float64Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return (turned ? rows[column]?.[row] : rows[row]?.[column]) ?? 0;
  });
  const [truths, predictions] = [new Float64Array(size), new Float64Array(size)];
  counts.forEach((count, at) => {
    truths[at % size] = (truths[at % size] ?? 0) + count;
    predictions[Math.floor(at / size)] = (predictions[Math.floor(at / size)] ?? 0) + count;
  });
  return { classes, counts, truths, predictions };
}

export interface Mix {
  readonly predicted: number;
  readonly true: number;
  readonly count: number;
  /** Objects of the true class; of predictions without an object, the predictions of that class. */
  readonly of: number;
}

/** How a place of the matrix reads: so many of so many. */
export function mixAt({ classes, counts, truths, predictions }: Confusion, row: number, column: number): Mix {
  const [predicted = BACKGROUND, actual = BACKGROUND] = [classes[row], classes[column]];
  const of = (actual === BACKGROUND ? predictions[row] : truths[column]) ?? 0;
  return { predicted, true: actual, count: counts[row * classes.length + column] ?? 0, of };
}

/** The place of two classes, null if the matrix has one of them not. */
export function placeOf({ classes }: Confusion, cell: { readonly predicted: number; readonly true: number }): { row: number; column: number } | null {
  const [row, column] = [classes.indexOf(cell.predicted), classes.indexOf(cell.true)];
  return row < 0 || column < 0 ? null : { row, column };
}

/** Mistakes, most frequent first: those between classes, or those that background takes part in. */
export function topMixes(confusion: Confusion, kind: "classes" | "background", most: number): Mix[] {
  const size = confusion.classes.length;
  const found: Mix[] = [];
  confusion.counts.forEach((count, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    if (count <= 0 || row === column) return;
    const mix = mixAt(confusion, row, column);
    if ((mix.predicted === BACKGROUND || mix.true === BACKGROUND) === (kind === "background")) found.push(mix);
  });
  return found.toSorted((a, b) => b.count - a.count).slice(0, most);
}

/** How strong each cell is: by what it is a share of, or, as counts, by the root of the greatest, so that few are seen beside many. */
export function sharesOf({ classes, counts, truths, predictions }: Confusion, share: Share | undefined): Float64Array {
  const size = classes.length;
  const most = counts.reduce((high, count) => Math.max(high, count), 0);
  return counts.map((count, at) => {
    if (share === undefined) return most > 0 ? Math.sqrt(count / most) : 0;
    const total = (share === "true" ? truths[at % size] : predictions[Math.floor(at / size)]) ?? 0;
    return total > 0 ? count / total : 0;
  });
}

/** Of all that was there, how much was called what it is; NaN of nothing. */
export function rightShare({ classes, counts }: Confusion): number {
  const size = classes.length;
  let [right, all] = [0, 0];
  counts.forEach((count, at) => {
    if (classes[at % size] === BACKGROUND) return;
    all += count;
    if (at % size === Math.floor(at / size)) right += count;
  });
  return right / all;
}

const TREND_NUMBERS = 600_000; // of matrices in one trend: some 2 MB of JSON

/** The epochs whose matrices a trend reads: all of small ones, of large ones a few over the whole training, the last among them. */
export function trendEpochs(epochs: readonly number[], classes: number): readonly number[] {
  const most = Math.max(2, Math.floor(TREND_NUMBERS / Math.max(1, classes * classes)));
  if (epochs.length <= most) return epochs;
  const step = (epochs.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, at) => epochs[Math.round(at * step)] ?? 0);
}
