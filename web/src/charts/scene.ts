import type { Columns, Span, XAxis } from "../lib/columns";
import { visibleRange } from "./decimate";
import { cachedEma } from "./ema";
import type { ChartTheme } from "./palette";

/** One line as the page asks for it. */
export interface ChartLine {
  /** Tells the line from the others of its chart: the name, and the run where there are several. */
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly color: number;
  readonly dashed: boolean;
  /** Noisy, and summed up by another line of the chart: drawn thin and pale. */
  readonly faint: boolean;
  readonly unit: string;
  /** The attempt whose points these are, where a later one took their place: drawn behind the others. Null for all else. */
  readonly supersededOf: number | null;
  readonly columns: Columns | undefined;
}

/** Where an attempt begins on the x axis; the first begins at minus infinity. */
export interface AttemptMark {
  readonly x: number;
  readonly label: string;
}

/** How the page wants its charts to look at the moment. */
export interface ChartLook {
  readonly axis: XAxis;
  readonly log: boolean;
  /** Weight of the moving average, 0 (off) to below 1. */
  readonly smoothing: number;
  readonly theme: ChartTheme;
  readonly locale: string;
  /** The attempts of the run in order; none where there is only one. */
  readonly attempts: readonly AttemptMark[];
}

export interface SceneLine {
  readonly line: ChartLine;
  readonly columns: Columns;
  /** Where each bucket is drawn: its middle, except that the ends of the data stay where they are. */
  readonly x: Float64Array;
  /** The strong line. */
  readonly y: Float64Array;
  /** The values as they came, drawn faintly behind a smoothed line. */
  readonly raw: Float64Array | null;
}

/** What is to be drawn, in data space; y in positions of the axis (log10 of the value on a logarithmic one). */
export interface Scene {
  readonly lines: readonly SceneLine[];
  readonly x: Span;
  readonly y: Span;
  readonly points: number;
  readonly total: number;
  /** Points that a later attempt took the place of. */
  readonly superseded: number;
}

const middles = new WeakMap<Columns, Float64Array>();

export function bucketMiddles(columns: Columns): Float64Array {
  const known = middles.get(columns);
  if (known) return known;
  const { x, xEnd } = columns;
  const middle = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) middle[i] = ((x[i] ?? NaN) + (xEnd[i] ?? NaN)) / 2;
  if (x.length > 1) {
    middle[0] = x[0] ?? NaN;
    middle[x.length - 1] = xEnd[x.length - 1] ?? NaN;
  }
  middles.set(columns, middle);
  return middle;
}

/** First and last x of what is held. */
export function endsOf(lines: readonly ChartLine[]): Span | null {
  let [low, high] = [Infinity, -Infinity];
  for (const { columns } of lines) {
    if (!columns || columns.x.length === 0) continue;
    low = Math.min(low, columns.x[0] ?? Infinity);
    high = Math.max(high, columns.xEnd[columns.xEnd.length - 1] ?? -Infinity);
  }
  return low <= high ? [low, high] : null;
}

function sceneLine(line: ChartLine, smoothing: number): SceneLine | null {
  const { columns } = line;
  if (!columns || columns.x.length === 0) return null;
  const y = cachedEma(columns.mean, smoothing);
  return { line, columns, x: bucketMiddles(columns), y, raw: smoothing > 0 ? columns.mean : null };
}

/** Lowest and highest position among the visible values, extremes of the buckets included. */
function yExtent(lines: readonly SceneLine[], x: Span, log: boolean): Span | null {
  let [low, high] = [Infinity, -Infinity];
  for (const { columns, x: at } of lines) {
    const [from, to] = visibleRange(at, x[0], x[1]);
    for (let i = from; i < to; i++) {
      const [min, max] = [columns.min[i] ?? NaN, columns.max[i] ?? NaN];
      if (Number.isFinite(min) && (!log || min > 0) && min < low) low = min;
      if (Number.isFinite(max) && (!log || max > 0) && max > high) high = max;
    }
  }
  if (low > high) return null;
  return log ? [Math.log10(low), Math.log10(high)] : [low, high];
}

const HEADROOM = 0.06;
const ZERO_FROM = 0.35; // when the lowest value is below this share of the highest, the axis starts at zero

function padded([low, high]: Span, log: boolean, unit: string): Span {
  if (unit === "%" && !log) return [0, high <= 100 ? 100 : high * (1 + HEADROOM)];
  if (low === high) {
    const half = log ? 0.5 : Math.abs(low) * 0.1 || 1;
    return [low - half, high + half];
  }
  const pad = (high - low) * HEADROOM;
  if (!log && low >= 0 && low < high * ZERO_FROM) return [0, high + pad];
  return [low - pad, high + pad];
}

function widened([low, high]: Span): Span {
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

const sumOf = (lines: readonly SceneLine[], of: (columns: Columns) => number) => lines.reduce((sum, { columns }) => sum + of(columns), 0);
const totalOf = (lines: readonly SceneLine[]) => sumOf(lines, ({ total }) => total);

/** Null when no line has a point: there is nothing to draw. */
export function sceneOf(lines: readonly ChartLine[], look: ChartLook, window: Span | null): Scene | null {
  const held = lines.flatMap((line) => sceneLine(line, look.smoothing) ?? []);
  const span = window ?? endsOf(lines);
  if (held.length === 0 || !span) return null;
  const x = widened(span);
  const current = held.filter(({ line }) => line.supersededOf === null);
  return {
    lines: held,
    x,
    y: padded(yExtent(held, x, look.log) ?? [0, 1], look.log, lines[0]?.unit ?? ""),
    points: sumOf(current, ({ x: xs }) => xs.length),
    total: totalOf(current),
    superseded: totalOf(held) - totalOf(current),
  };
}
