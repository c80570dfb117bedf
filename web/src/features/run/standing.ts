import type { RunSummary, SeriesInfo } from "../../api/client";
import { numberFromWire, type WireNumber } from "../../lib/numbers";

const PLAIN_NAME = /^[\w/.-]+$/;

/** How the filter language names the best value of a series. */
export const bestName = (name: string) => `best(${PLAIN_NAME.test(name) ? name : `\`${name}\``})`;

export interface Rival {
  readonly id: string;
  readonly name: string;
  readonly best: number;
}

export interface Standing {
  /** Place among the runs of the project that have the series, from 1. */
  readonly rank: number;
  readonly of: number;
  /** The best run of the project, or the second best where this one leads; null where it is alone. */
  readonly rival: Rival | null;
  /** The runs before this one, the latest first. */
  readonly before: readonly Rival[];
}

const isWire = (value: unknown): value is WireNumber => typeof value === "number" || value === "NaN" || value === "Infinity" || value === "-Infinity";

/** A row of the run table as a rival; null where the series has no best. */
export function rivalOf(row: Pick<RunSummary, "id" | "name" | "values">, column: string): Rival | null {
  const value = row.values?.[column];
  const best = isWire(value) ? numberFromWire(value) : null;
  return best === null || !Number.isFinite(best) ? null : { id: row.id, name: row.name, best };
}

/** How far one value is ahead of another: positive is better, whichever way is better. */
export function lead(own: number, other: number, direction: SeriesInfo["direction"]): number {
  const ahead = direction === "lower" ? other - own : own - other;
  return ahead === 0 ? 0 : ahead; // minus zero is no loss
}

/** The mean of the bucket that an epoch falls into or follows; null before the first. */
export function valueAt(columns: { readonly x: ArrayLike<number>; readonly mean: ArrayLike<number> }, epoch: number): number | null {
  let found: number | null = null;
  for (let at = 0; at < columns.x.length && (columns.x[at] ?? Infinity) <= epoch + 1e-6; at++) {
    const value = columns.mean[at] ?? NaN;
    if (Number.isFinite(value)) found = value;
  }
  return found;
}
