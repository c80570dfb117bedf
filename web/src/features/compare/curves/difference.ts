import { bucketMiddles } from "../../../charts/scene";
import type { Columns } from "../../../lib/columns";

/** The line at an x, straight between the two points around it; NaN beyond its ends. */
export function interpolated(x: Float64Array, y: Float64Array, at: number): number {
  let [low, high] = [0, x.length - 1];
  if (high < 0 || at < (x[0] ?? NaN) || at > (x[high] ?? NaN)) return NaN;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? NaN) <= at) low = middle;
    else high = middle;
  }
  const [x0, x1, y0, y1] = [x[low] ?? NaN, x[high] ?? NaN, y[low] ?? NaN, y[high] ?? NaN];
  if (at === x0 || x1 === x0) return y0;
  return y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}

const percent = (value: number, base: number) => ((value - base) / Math.abs(base)) * 100;

const known = new WeakMap<Columns, WeakMap<Columns, Columns>>();

/**
 * How far each bucket lies above the baseline, in percent of it; where the baseline has nothing, or is 0, there is no
 * point. The same two give the same object, so that an unchanged line is not drawn again.
 */
export function percentOver(columns: Columns, baseline: Columns): Columns {
  const cached = known.get(baseline)?.get(columns);
  if (cached) return cached;
  const made = computed(columns, baseline);
  const of = known.get(baseline) ?? new WeakMap<Columns, Columns>();
  known.set(baseline, of.set(columns, made));
  return made;
}

function computed(columns: Columns, baseline: Columns): Columns {
  const [x, baseX] = [bucketMiddles(columns), bucketMiddles(baseline)];
  const bases = x.map((at) => interpolated(baseX, baseline.mean, at));
  const kept = [...bases.keys()].filter((i) => Number.isFinite(bases[i] ?? NaN) && bases[i] !== 0 && Number.isFinite(columns.mean[i] ?? NaN));
  const taken = (from: Float64Array) => Float64Array.from(kept, (i) => from[i] ?? NaN);
  const over = (from: Float64Array) => Float64Array.from(kept, (i) => percent(from[i] ?? NaN, bases[i] ?? NaN));
  return {
    ...columns,
    x: taken(columns.x),
    xEnd: taken(columns.xEnd),
    min: over(columns.min),
    max: over(columns.max),
    mean: over(columns.mean),
    count: taken(columns.count),
    nan: taken(columns.nan),
  };
}

/** All lines against that of the baseline of the same name; nothing where it has none. */
export function allOver(columns: readonly Columns[], baseline: string): Columns[] {
  return columns.flatMap((one) => {
    const base = columns.find(({ run, name }) => run === baseline && name === one.name);
    return base ? [percentOver(one, base)] : [];
  });
}
