interface Values {
  readonly x: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
}

export const TRENDS = ["up", "down", "steady"] as const;
export type Trend = (typeof TRENDS)[number];

const SAME = 0.05; // less than this share is noise
const RECENT = 0.25;

const finite = (values: ArrayLike<number>): number[] => Array.from(values).filter(Number.isFinite);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

export interface Course {
  /** Middle of the newest quarter of the values. */
  readonly now: number;
  /** Share by which it is more than before; 0 where there is no before. */
  readonly change: number;
  readonly trend: Trend;
}

/** How a series goes of late, against all that came before; null below four values. A few odd values do not count. */
export function courseOf({ mean }: Values): Course | null {
  const values = finite(mean);
  if (values.length < 4) return null;
  const recent = Math.max(1, Math.round(values.length * RECENT));
  const [before, now] = [median(values.slice(0, -recent)), median(values.slice(-recent))];
  const change = before === 0 ? 0 : (now - before) / Math.abs(before);
  return { now, change, trend: Math.abs(change) < SAME ? "steady" : change > 0 ? "up" : "down" };
}

export const lastOf = ({ mean }: Values): number | null => finite(mean).at(-1) ?? null;
