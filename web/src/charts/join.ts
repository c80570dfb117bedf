import type { Columns } from "../lib/columns";
import { lowerBound } from "./decimate";

/** A series drawn over the values of another one. */
export interface Joined {
  /** In ascending order of x, the other's values. */
  readonly columns: Columns;
  /** Buckets at whose steps the other has no value. */
  readonly unmatched: number;
  /** Whether the other goes back and forth, so that a line through the points would say nothing. */
  readonly scattered: boolean;
}

/** The mean of the buckets of `over` that touch [from, to]; NaN where none does. */
function valueOver(over: Columns, from: number, to: number): number {
  let [sum, count] = [0, 0];
  for (let i = lowerBound(over.xEnd, from); i < over.x.length && (over.x[i] ?? Infinity) <= to; i++) {
    const value = over.mean[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    const weight = over.count[i] ?? 1;
    sum += value * weight;
    count += weight;
  }
  return count > 0 ? sum / count : NaN;
}

function isMonotone(values: readonly number[]): boolean {
  let [rises, falls] = [false, false];
  for (let i = 1; i < values.length; i++) {
    const change = (values[i] ?? 0) - (values[i - 1] ?? 0);
    if (change > 0) rises = true;
    if (change < 0) falls = true;
  }
  return !(rises && falls);
}

const picked = (column: Float64Array, order: readonly number[]) => Float64Array.from(order, (at) => column[at] ?? NaN);

/** Joins two series of the same run by step: where a bucket of one and a bucket of the other share steps, they are one point. */
export function joinedOn(columns: Columns, over: Columns): Joined {
  const values = Array.from(columns.x, (x, i) => valueOver(over, x, columns.xEnd[i] ?? x));
  const held = values.flatMap((value, i) => (Number.isFinite(value) ? [i] : []));
  const order = held.toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const x = Float64Array.from(order, (at) => values[at] ?? NaN);
  return {
    columns: {
      ...columns,
      x,
      xEnd: x,
      min: picked(columns.min, order),
      max: picked(columns.max, order),
      mean: picked(columns.mean, order),
      count: picked(columns.count, order),
      nan: picked(columns.nan, order),
    },
    unmatched: values.length - held.length,
    scattered: !isMonotone(held.map((at) => values[at] ?? 0)),
  };
}
