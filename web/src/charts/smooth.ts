import { ema } from "./ema";
import { centredMedian, medianWidth } from "./median";

export const SMOOTHERS = ["ema", "median"] as const;
export type Smoother = (typeof SMOOTHERS)[number];

const cache = new WeakMap<Float64Array, { smoother: Smoother; weight: number; smooth: Float64Array }>();

/** A smoothed line, computed once per array and setting: a redraw for the cursor or a resize pays nothing. */
export function smoothed(y: Float64Array, smoother: Smoother, weight: number): Float64Array {
  if (weight <= 0) return y;
  const known = cache.get(y);
  if (known?.weight === weight && known.smoother === smoother) return known.smooth;
  const smooth = smoother === "median" ? centredMedian(y, medianWidth(weight)) : ema(y, weight);
  cache.set(y, { smoother, weight, smooth });
  return smooth;
}
