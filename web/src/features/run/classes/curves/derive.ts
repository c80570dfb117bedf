import type { Curve } from "../../../../api/client";
import type { CurveLine } from "../../../../charts/options/curve-lines";
import { valuesOf } from "../columns";
import { ALL } from "../names";

/** The curves of one epoch, one for each class and one for all together. */
export interface Curves {
  readonly x: readonly number[];
  readonly of: ReadonlyMap<number, readonly number[]>;
}

export function curvesOf(curve: Curve): Curves {
  return { x: valuesOf(curve.x), of: new Map(curve.curves.classes.map((number, at) => [number, valuesOf(curve.y[at] ?? [])])) };
}

export interface Peak {
  readonly x: number;
  readonly y: number;
}

/** Where a curve is highest. */
export function peakOf(x: readonly number[], y: readonly number[]): Peak | null {
  const best = y.reduce((top, value, at) => (value > (y[top] ?? -Infinity) ? at : top), 0);
  const [at, value] = [x[best], y[best]];
  return at === undefined || value === undefined || Number.isNaN(value) ? null : { x: at, y: value };
}

/** The value of a curve at the place nearest to an x. */
export function valueAt(x: readonly number[], y: readonly number[] | undefined, at: number): number {
  const nearest = x.reduce((best, value, index) => (Math.abs(value - at) < Math.abs((x[best] ?? Infinity) - at) ? index : best), 0);
  return y?.[nearest] ?? Number.NaN;
}

/** One class at the confidence at which its F1 is best. */
export interface Best {
  readonly number: number;
  readonly confidence: number;
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
}

/** For all together and for each class the confidence at which F1 is best, the lowest F1 first behind all. */
export function bestsOf(f1: Curves, precision: Curves | null, recall: Curves | null): Best[] {
  const bests = [...f1.of].flatMap(([number, y]) => {
    const peak = peakOf(f1.x, y);
    if (!peak) return [];
    const at = (curves: Curves | null) => (curves ? valueAt(curves.x, curves.of.get(number), peak.x) : Number.NaN);
    return [{ number, confidence: peak.x, f1: peak.y, precision: at(precision), recall: at(recall) }];
  });
  return bests.toSorted((a, b) => Number(b.number === ALL) - Number(a.number === ALL) || a.f1 - b.f1);
}

interface Drawn {
  readonly strong: readonly number[];
  readonly nameOf: (number: number) => string;
  /** What is added to the names of ghosts: which epoch or run they are of. */
  readonly ghost: { readonly curves: Curves; readonly label: string } | null;
}

/** All together strong, chosen classes in their colours, the others faint; what is compared with dashed, without the faint ones. */
export function curveLinesOf(curves: Curves, { strong, nameOf, ghost }: Drawn): CurveLine[] {
  const shown = (number: number) => number === ALL || strong.includes(number);
  const color = (number: number) => (number === ALL ? null : Math.max(0, strong.indexOf(number)));
  const lookOf = (number: number) => (number === ALL ? ("main" as const) : strong.includes(number) ? ("strong" as const) : ("faint" as const));
  const lines = [...curves.of].map(([number, y]) => ({ id: String(number), label: nameOf(number), x: curves.x, y, look: lookOf(number), color: color(number) }));
  if (!ghost) return lines;
  const ghosts = [...ghost.curves.of].filter(([number]) => shown(number));
  return [
    ...lines,
    ...ghosts.map(([number, y]) => ({ id: `${number}-ghost`, label: `${nameOf(number)} · ${ghost.label}`, x: ghost.curves.x, y, look: "ghost" as const, color: color(number) })),
  ];
}
