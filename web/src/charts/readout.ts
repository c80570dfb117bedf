import { formatQuantity } from "../lib/format";
import { lowerBound, nearest } from "./decimate";
import { lineColor, lineDash } from "./palette";
import { pxFromX, pyFromY, type Plot } from "./plot";
import type { ChartLook, Scene, SceneLine } from "./scene";

export interface Reading {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly color: string;
  readonly dashed: boolean;
  readonly faint: boolean;
  readonly value: number;
  readonly text: string;
  /** The value as it came while the line is smoothed, or the extremes of a bucket of several points. */
  readonly aside: string;
  /** Where the line stands at the cursor, in the chart's pixels. */
  readonly px: number;
  readonly py: number;
}

const REACH = 0.03; // share of the window within which a line's end still answers for the cursor

function indexAt({ x }: SceneLine, scene: Scene, at: number): number {
  const index = nearest(x, at);
  const reach = (scene.x[1] - scene.x[0]) * REACH;
  const [first, last] = [x[0] ?? NaN, x[x.length - 1] ?? NaN];
  const inside = at >= first && at <= last;
  return inside || Math.abs((x[index] ?? NaN) - at) <= reach ? index : -1;
}

function asideOf(one: SceneLine, index: number, locale: string): string {
  const { unit } = one.line;
  if (one.raw) return formatQuantity(one.raw[index] ?? NaN, unit, locale);
  const [low, high] = [one.columns.min[index] ?? NaN, one.columns.max[index] ?? NaN];
  if (low === high || !Number.isFinite(low)) return "";
  return `${formatQuantity(low, unit, locale)} … ${formatQuantity(high, unit, locale)}`;
}

function readingOf(one: SceneLine, index: number, look: ChartLook, plot: Plot): Reading {
  const value = one.y[index] ?? NaN;
  return {
    id: one.line.id,
    name: one.line.name,
    label: one.line.label,
    color: lineColor(look.theme, one.line.color),
    dashed: lineDash(one.line.color, one.line.dashed).length > 0,
    faint: one.line.faint || one.line.supersededOf !== null,
    value,
    text: formatQuantity(value, one.line.unit, look.locale),
    aside: asideOf(one, index, look.locale),
    px: pxFromX(plot, one.x[index] ?? NaN),
    py: pyFromY(plot, value),
  };
}

/** What every line says at an x, highest first. NaN comes last. */
export function readingsAt(scene: Scene, look: ChartLook, plot: Plot, at: number): Reading[] {
  const readings: Reading[] = [];
  for (const one of scene.lines) {
    const index = indexAt(one, scene, at);
    if (index >= 0) readings.push(readingOf(one, index, look, plot));
  }
  const rank = (reading: Reading) => (Number.isNaN(reading.value) ? -Infinity : reading.value);
  return readings.toSorted((a, b) => rank(b) - rank(a));
}

export interface Chosen {
  readonly shown: readonly Reading[];
  /** How many more lines there are at the cursor. */
  readonly more: number;
  /** The line nearest to the pointer. */
  readonly nearest: Reading | null;
}

/** Of many lines those nearest to the pointer's height, without a pointer the highest; in either case highest first. */
export function chosen(readings: readonly Reading[], most: number, py: number | null): Chosen {
  const distance = (reading: Reading) => (Number.isFinite(reading.py) ? Math.abs(reading.py - (py ?? 0)) : Infinity);
  const byDistance = py === null ? [] : readings.toSorted((a, b) => distance(a) - distance(b));
  const [first = null] = byDistance;
  const near = new Set(byDistance.slice(0, most));
  const shown = py === null || readings.length <= most ? readings.slice(0, most) : readings.filter((reading) => near.has(reading));
  return { shown, more: readings.length - shown.length, nearest: first && Number.isFinite(first.py) ? first : null };
}

const STAGES_MOST = 6;

/** The stages and flags that lie within a distance of an x; of many the nearest, and how many more there are. */
export function stagesAt({ stages = [], flags = [] }: ChartLook, at: number, reach: number): string[] {
  const near = [...stages, ...flags].filter(({ x }) => Math.abs(x - at) <= reach);
  if (near.length <= STAGES_MOST) return near.map(({ label }) => label);
  const closest = near.toSorted((a, b) => Math.abs(a.x - at) - Math.abs(b.x - at)).slice(0, STAGES_MOST);
  return [...closest.map(({ label }) => label), `+${near.length - STAGES_MOST}`];
}

/** Which attempt is at an x; empty where there is only one. */
export function attemptAt({ attempts }: ChartLook, at: number): string {
  return attempts.findLast(({ x }) => x <= at)?.label ?? "";
}

/** The x of the drawn point nearest to an x, so that the crosshair stands on a point. */
export function snappedX(scene: Scene, at: number): number {
  let best = at;
  let distance = Infinity;
  for (const { x } of scene.lines) {
    const value = x[nearest(x, at)] ?? NaN;
    if (Math.abs(value - at) < distance) [best, distance] = [value, Math.abs(value - at)];
  }
  return best;
}

function longestOf({ lines }: Scene): Float64Array | null {
  const [first] = lines;
  return first ? lines.reduce((a, b) => (b.x.length > a.x.length ? b : a), first).x : null;
}

/** The drawn x a number of points to the right (+) or left (−): the cursor by keyboard. */
export function steppedX(scene: Scene, at: number, points: number): number {
  const x = longestOf(scene);
  if (!x) return at;
  const place = lowerBound(x, at);
  const onPoint = x[place] === at;
  const index = place + points - (points > 0 && !onPoint ? 1 : 0);
  return x[Math.min(x.length - 1, Math.max(0, index))] ?? at;
}
