import { formatQuantity } from "../lib/format";
import { lowerBound, nearest } from "./decimate";
import { lineColor } from "./palette";
import type { ChartLook, Scene, SceneLine } from "./scene";

export interface Reading {
  readonly name: string;
  readonly label: string;
  readonly color: string;
  readonly dashed: boolean;
  readonly faint: boolean;
  readonly value: number;
  readonly text: string;
  /** The value as it came while the line is smoothed, or the extremes of a bucket of several points. */
  readonly aside: string;
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

function readingOf(one: SceneLine, index: number, look: ChartLook): Reading {
  const value = one.y[index] ?? NaN;
  return {
    name: one.line.name,
    label: one.line.label,
    color: lineColor(look.theme, one.line.color),
    dashed: one.line.dashed,
    faint: one.line.faint || one.line.supersededOf !== null,
    value,
    text: formatQuantity(value, one.line.unit, look.locale),
    aside: asideOf(one, index, look.locale),
  };
}

/** What every line says at an x, highest first. NaN comes last. */
export function readingsAt(scene: Scene, look: ChartLook, at: number): Reading[] {
  const readings: Reading[] = [];
  for (const one of scene.lines) {
    const index = indexAt(one, scene, at);
    if (index >= 0) readings.push(readingOf(one, index, look));
  }
  const rank = (reading: Reading) => (Number.isNaN(reading.value) ? -Infinity : reading.value);
  return readings.toSorted((a, b) => rank(b) - rank(a));
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

/** The next drawn x to the right (+1) or left (-1): the cursor by keyboard. */
export function steppedX(scene: Scene, at: number, direction: 1 | -1): number {
  const [first] = scene.lines;
  if (!first) return at;
  const longest = scene.lines.reduce((a, b) => (b.x.length > a.x.length ? b : a), first);
  const index = lowerBound(longest.x, at) + (direction < 0 ? -1 : longest.x[lowerBound(longest.x, at)] === at ? 1 : 0);
  return longest.x[Math.min(longest.x.length - 1, Math.max(0, index))] ?? at;
}
