import type { MediaItem } from "../../../../api/client";
import type { Columns } from "../../../../lib/columns";
import { byClass, tableOf } from "../columns";
import { classSeries } from "../names";

/** What classes reached at the same epochs. */
export interface Readings {
  /** The epoch at the end of each column. */
  readonly epochs: readonly number[];
  /** The values of each class, NaN where it has none. */
  readonly rows: ReadonlyMap<string, Float64Array>;
}

const EPSILON = 1e-6; // an epoch of 49 batches ends at 49 * (1 / 49)
const rounded = (epoch: number) => Math.round(epoch / EPSILON) * EPSILON;

function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Joins epochs, as many for each column, until there are no more columns than have room. */
export function joined({ epochs, rows }: Readings, most: number): Readings {
  const each = Math.ceil(epochs.length / most);
  if (each <= 1) return { epochs, rows };
  const columns = Array.from({ length: Math.ceil(epochs.length / each) }, (_, at) => at * each);
  const shorter = (values: Float64Array) => Float64Array.from(columns, (from) => mean([...values.subarray(from, from + each)]));
  return {
    epochs: columns.map((from) => epochs[Math.min(epochs.length, from + each) - 1] ?? 0),
    rows: new Map([...rows].map(([key, values]) => [key, shorter(values)])),
  };
}

/** Lays what each class has at whatever epochs over the epochs of all. */
export function aligned(points: ReadonlyMap<string, ReadonlyMap<number, number>>): Readings {
  const epochs = [...new Set([...points.values()].flatMap((of) => [...of.keys()]))].toSorted((a, b) => a - b);
  const row = (of: ReadonlyMap<number, number>) => Float64Array.from(epochs, (epoch) => of.get(epoch) ?? Number.NaN);
  return { epochs, rows: new Map([...points].map(([key, of]) => [key, row(of)])) };
}

export function fromColumns(columns: readonly Columns[]): Readings {
  const points = columns.flatMap((one) => {
    const { key } = classSeries(one.name) ?? {};
    return key === undefined ? [] : [[key, new Map(Array.from(one.xEnd, (epoch, at) => [rounded(epoch), one.mean[at] ?? Number.NaN]))] as const];
  });
  return aligned(new Map(points));
}

/** Where there are no series, as of classifiers and of masks: from the table of each epoch. */
export function fromTables(items: readonly MediaItem[], column: string, keyOf: (number: number) => string): Readings {
  const points = new Map<string, Map<number, number>>();
  for (const item of items) {
    if (item.epoch === null) continue;
    for (const [number, value] of byClass(tableOf(item.data), column)) {
      const of = points.get(keyOf(number)) ?? new Map<number, number>();
      points.set(keyOf(number), of.set(rounded(item.epoch), value));
    }
  }
  return aligned(points);
}

export interface Fall {
  readonly from: number;
  readonly fromEpoch: number;
  readonly to: number;
  /** The first epoch of those at which it stayed down. */
  readonly since: number;
}

export interface Standing {
  readonly last: number | null;
  readonly best: number | null;
  readonly bestEpoch: number | null;
  readonly fall: Fall | null;
}

const FALL_LEAST = 0.05;
const FALL_SHARE = 0.2; // of the best; below both it is noise

/** How a class stands: its last value, its best, and whether it fell from it and since when. */
export function standing(values: Float64Array, epochs: readonly number[]): Standing {
  const known = Array.from(values, (_, at) => at).filter((at) => !Number.isNaN(values[at]));
  const at = known.at(-1);
  if (at === undefined) return { last: null, best: null, bestEpoch: null, fall: null };
  const valueAt = (index: number) => values[index] ?? Number.NaN;
  const top = known.reduce((best, index) => (valueAt(index) > valueAt(best) ? index : best), known[0] ?? at);
  const [last, best, bestEpoch] = [valueAt(at), valueAt(top), epochs[top] ?? 0];
  const fallen = best - last >= FALL_LEAST && best - last >= FALL_SHARE * best;
  if (!fallen) return { last, best, bestEpoch, fall: null };
  const lastUp = known.findLastIndex((index) => valueAt(index) >= last + (best - last) / 2);
  const since = epochs[known[lastUp + 1] ?? at] ?? bestEpoch;
  return { last, best, bestEpoch, fall: { from: best, fromEpoch: bestEpoch, to: last, since } };
}
