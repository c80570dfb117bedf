import type { Columns, Span, XAxis } from "../lib/columns";
import { clippedExtent, fullExtent, outsideOf, type Ends } from "./extent";
import type { ChartTheme } from "./palette";
import { smoothed, type Smoother } from "./smooth";

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
  /** Whether its x goes back and forth: points without a line. */
  readonly scattered?: boolean;
  readonly columns: Columns | undefined;
}

/** Where an attempt begins on the x axis; the first begins at minus infinity. */
export interface AttemptMark {
  readonly x: number;
  readonly label: string;
}

/** Where something of a training begins or ends on the x axis, with its name. */
export interface StageMark {
  readonly x: number;
  readonly label: string;
}

/** Something that a reader should look at where it began, with its title and how grave it is. */
export interface FlagMark extends StageMark {
  readonly tone: "info" | "warning" | "critical";
}

/** A series whose values run along x. */
export interface Against {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
}

/** What a chart says beside numbers, in the reader's language. */
export interface ChartWords {
  readonly more: (count: number) => string;
  /** Names what stands along x: "step 120". */
  readonly at: (axis: XAxis, value: string) => string;
}

/** How the page wants its charts to look at the moment. */
export interface ChartLook {
  readonly axis: XAxis;
  readonly log: boolean;
  /** Weight of the moving average, 0 (off) to below 1. */
  readonly smoothing: number;
  /** What smooths; a moving average unless said. */
  readonly smoother?: Smoother;
  /** Whether the few values far from all others do not decide the height. */
  readonly clip?: boolean;
  /** Ends of the y axis by hand. */
  readonly yRange?: Ends | null;
  /** What runs along x in place of `axis`. */
  readonly against?: Against | null;
  /** The chart's own window, where it does not follow that of the page. */
  readonly window?: Span | null;
  readonly stages?: readonly StageMark[];
  readonly flags?: readonly FlagMark[];
  /** A stretch of x to look at, behind the lines. */
  readonly shaded?: Span | null;
  readonly words?: ChartWords;
  readonly theme: ChartTheme;
  readonly locale: string;
  /** The attempts of the run in order; none where there is only one. */
  readonly attempts: readonly AttemptMark[];
}

/** Charts with the same key share a cursor and a window. */
export const axisKeyOf = ({ axis, against }: Pick<ChartLook, "axis" | "against">): string => (against ? `~${against.name}` : axis);

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
  /** Drawn points that reach beyond the y axis. */
  readonly outside: number;
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

const ROOM = 0.02; // share of the width on each side, so that no point is cut at the edge

function withRoom([low, high]: Span): Span {
  return [low - (high - low) * ROOM, high + (high - low) * ROOM];
}

/** First and last x of what is held. */
export function endsOf(lines: readonly ChartLine[]): Span | null {
  let [low, high] = [Infinity, -Infinity];
  for (const { columns } of lines) {
    if (!columns || columns.x.length === 0) continue;
    low = Math.min(low, columns.x[0] ?? Infinity);
    high = Math.max(high, columns.xEnd[columns.xEnd.length - 1] ?? -Infinity);
  }
  if (low > high) return null;
  return lines.some(({ scattered }) => scattered) ? withRoom([low, high]) : [low, high];
}

function sceneLine(line: ChartLine, { smoothing, smoother = "ema" }: ChartLook): SceneLine | null {
  const { columns } = line;
  if (!columns || columns.x.length === 0) return null;
  const weight = line.scattered ? 0 : smoothing;
  const y = smoothed(columns.mean, smoother, weight);
  return { line, columns, x: bucketMiddles(columns), y, raw: weight > 0 ? columns.mean : null };
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

const toAxis = ([low, high]: Span, log: boolean): Span => (log ? [Math.log10(low), Math.log10(high)] : [low, high]);

/** The y axis in positions: what the data fill, unless an end is given by hand. */
function yAxisOf(lines: readonly SceneLine[], x: Span, look: ChartLook, unit: string): Span {
  const values = (look.clip ? clippedExtent : fullExtent)(lines, x, look.log);
  const free = padded(values ? toAxis(values, look.log) : [0, 1], look.log, look.clip ? "" : unit);
  const [low, high] = look.yRange ?? [null, null];
  const end = (given: number | null, own: number) => (given === null || (look.log && given <= 0) ? own : look.log ? Math.log10(given) : given);
  const made: Span = [end(low, free[0]), end(high, free[1])];
  return made[0] < made[1] ? made : free;
}

/** Null when no line has a point: there is nothing to draw. */
export function sceneOf(lines: readonly ChartLine[], look: ChartLook, window: Span | null): Scene | null {
  const held = lines.flatMap((line) => sceneLine(line, look) ?? []);
  const span = window ?? endsOf(lines);
  if (held.length === 0 || !span) return null;
  const x = widened(span);
  const current = held.filter(({ line }) => line.supersededOf === null);
  const y = yAxisOf(held, x, look, lines[0]?.unit ?? "");
  const isCut = (look.clip ?? false) || (look.yRange ?? null) !== null;
  return {
    lines: held,
    x,
    y,
    points: sumOf(current, ({ x: xs }) => xs.length),
    total: totalOf(current),
    superseded: totalOf(held) - totalOf(current),
    outside: isCut ? outsideOf(current, x, look.log ? [10 ** y[0], 10 ** y[1]] : y) : 0,
  };
}
