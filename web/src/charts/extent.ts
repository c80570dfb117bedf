import type { Columns, Span } from "../lib/columns";
import { visibleRange } from "./decimate";

/** What decides the height of an axis: the buckets of a line, and where they are drawn. */
export interface Extended {
  readonly columns: Columns;
  readonly x: Float64Array;
}

/** Ends by hand, in values; null leaves an end to the data. */
export type Ends = readonly [number | null, number | null];

function eachVisible(lines: readonly Extended[], x: Span, visit: (low: number, high: number) => void): void {
  for (const { columns, x: at } of lines) {
    const [from, to] = visibleRange(at, x[0], x[1]);
    for (let i = from; i < to; i++) visit(columns.min[i] ?? NaN, columns.max[i] ?? NaN);
  }
}

/** Lowest and highest value in the window, extremes of the buckets included; null without any that can be shown. */
export function fullExtent(lines: readonly Extended[], x: Span, log: boolean): Span | null {
  let [lowest, highest] = [Infinity, -Infinity];
  eachVisible(lines, x, (low, high) => {
    if (Number.isFinite(low) && (!log || low > 0) && low < lowest) lowest = low;
    if (Number.isFinite(high) && (!log || high > 0) && high > highest) highest = high;
  });
  return lowest <= highest ? [lowest, highest] : null;
}

const TAIL = 0.02; // share of the values at each end that does not decide
const MARGIN = 0.25; // of the range between the tails: what lies this close stays visible
const FEWEST = 10; // values; among fewer no one is an outlier

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(share * (sorted.length - 1))))] ?? NaN;
}

/** The extent without the few values far from all others. */
export function clippedExtent(lines: readonly Extended[], x: Span, log: boolean): Span | null {
  const full = fullExtent(lines, x, log);
  const [lows, highs]: [number[], number[]] = [[], []];
  eachVisible(lines, x, (low, high) => {
    if (Number.isFinite(low) && (!log || low > 0)) lows.push(low);
    if (Number.isFinite(high) && (!log || high > 0)) highs.push(high);
  });
  if (!full || Math.min(lows.length, highs.length) < FEWEST) return full;
  const low = quantile(Float64Array.from(lows).toSorted(), TAIL);
  const high = quantile(Float64Array.from(highs).toSorted(), 1 - TAIL);
  if (!(low < high)) return full;
  const margin = (high - low) * MARGIN;
  const lowest = log ? Math.max(full[0], low / (1 + MARGIN)) : Math.max(full[0], low - margin);
  return [lowest, Math.min(full[1], high + margin)];
}

/** How many drawn points reach beyond an axis of these values. */
export function outsideOf(lines: readonly Extended[], x: Span, y: Span): number {
  let count = 0;
  for (const { columns, x: at } of lines) {
    for (let i = 0; i < at.length; i++) {
      const place = at[i] ?? NaN;
      if (place >= x[0] && place <= x[1] && ((columns.min[i] ?? NaN) < y[0] || (columns.max[i] ?? NaN) > y[1])) count += 1;
    }
  }
  return count;
}
