/**
 * Debiased exponential moving average: s ← w·s + (1−w)·y, answered as s / (1 − wⁿ), so that the first values are not
 * pulled to zero. A value that is not finite breaks the line (NaN) and leaves the average as it was.
 */
export function ema(y: Float64Array, weight: number): Float64Array {
  const smooth = new Float64Array(y.length);
  let state = 0;
  let debias = 1;
  for (let i = 0; i < y.length; i++) {
    const value = y[i] ?? NaN;
    if (!Number.isFinite(value)) {
      smooth[i] = NaN;
      continue;
    }
    state = weight * state + (1 - weight) * value;
    debias *= weight;
    smooth[i] = state / (1 - debias);
  }
  return smooth;
}
