import type { Effect, Learnt } from "./queries";

/** An effect that has a difference, in what is shown: percentage points, or the unit of the metric. */
export interface Estimate {
  readonly effect: Effect;
  readonly difference: number;
  readonly low: number | null;
  readonly high: number | null;
}

export function estimateOf(effect: Effect, points: boolean): Estimate | null {
  if (effect.difference === null) return null;
  const shown = (value: number | null) => (value === null ? null : value * (points ? 100 : 1));
  return { effect, difference: shown(effect.difference) ?? 0, low: shown(effect.low), high: shown(effect.high) };
}

const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10] as const;

/** A round number at or above a value. */
export function roundedUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = STEPS.find((one) => one * power >= value * (1 - 1e-9)) ?? 10; // the tolerance is for rounding errors alone
  return Number((step * power).toPrecision(3));
}

const WIDEST = 3; // times the greatest difference: one wide interval must not squeeze all others

/**
 * How far an axis with 0 in its middle reaches to both sides: as far as the intervals, but not much farther than the
 * differences themselves. What is longer is drawn to the edge with an arrow.
 */
export function reachOf(estimates: readonly Estimate[]): number {
  const differences = Math.max(0, ...estimates.map(({ difference }) => Math.abs(difference)));
  const ends = Math.max(0, ...estimates.flatMap(({ low, high }) => [Math.abs(low ?? 0), Math.abs(high ?? 0)]));
  return roundedUp(Math.min(ends || differences, differences * WIDEST || ends));
}

/** What is drawn of an interval, 0 to 1 from the left edge to the right one. */
export interface Bar {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly beyondLeft: boolean;
  readonly beyondRight: boolean;
}

export function barOf({ difference, low, high }: Estimate, reach: number): Bar {
  const place = (value: number) => Math.min(1, Math.max(0, 0.5 + value / (2 * reach)));
  return {
    at: place(difference),
    from: place(low ?? difference),
    to: place(high ?? difference),
    beyondLeft: (low ?? difference) < -reach,
    beyondRight: (high ?? difference) > reach,
  };
}

/** Whether what was seen is for the better; null where the direction cannot be told from the number alone. */
export function isBetter({ difference }: Estimate, { metric }: Pick<Learnt, "metric">): boolean | null {
  return difference === 0 ? null : difference > 0 === (metric.better === "higher");
}

const SURE = new Set<Effect["verdict"]>(["helped", "hurt"]);

/** What is sure, what is open, and what has too few runs to be tested at all. */
export function parted(effects: readonly Effect[]) {
  return {
    sure: effects.filter(({ verdict }) => SURE.has(verdict)),
    open: effects.filter(({ verdict }) => !SURE.has(verdict) && verdict !== "too_few_runs"),
    untested: effects.filter(({ verdict }) => verdict === "too_few_runs"),
  };
}

export const SIDE_RUNS = 3; // fewer on a side and no difference is tested

/** How many more runs a comparison needs, at least; 0 where runs are not what is missing. */
export function stillNeeded({ n_from: from, n_to: to }: Pick<Effect, "n_from" | "n_to">): number {
  return Math.max(0, SIDE_RUNS - from) + Math.max(0, SIDE_RUNS - to);
}

const KEPT_APART = /^(?:config|settings)\./;

/** The names under which runs may have a setting: as what was in effect, and as an argument. */
export function namesOf(setting: string): string[] {
  return KEPT_APART.test(setting) ? [setting] : [`settings.${setting}`, `config.${setting}`];
}

const quoted = (name: string) => (/^[\w./-]+$/.test(name) ? name : `\`${name}\``);

function literal(value: unknown): string | null {
  if (typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  return typeof value === "number" && Number.isFinite(value) ? String(value) : null;
}

function levelCondition(name: string, { value, low, high }: Effect["from"]): string | null {
  if (typeof low === "number" && typeof high === "number") return `(${name} >= ${low} and ${name} <= ${high})`;
  const text = literal(value);
  return text === null ? null : `${name} == ${text}`;
}

/** The filter that finds the runs behind an effect by the names that runs have it under; null where it cannot be written. */
export function filterOf({ from, to }: Pick<Effect, "from" | "to">, known: readonly string[]): string | null {
  const sides = known.flatMap((name) => [levelCondition(quoted(name), from), levelCondition(quoted(name), to)]);
  return sides.length > 0 && sides.every((side) => side !== null) ? sides.join(" or ") : null;
}
