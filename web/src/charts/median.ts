/** How many points a median spans for a weight: about those that a moving average of that weight listens to; always odd. */
export function medianWidth(weight: number): number {
  return 2 * Math.max(1, Math.round((1 + weight) / (1 - weight) / 2 - 0.5)) + 1;
}

function insert(sorted: number[], value: number): void {
  sorted.splice(placeOf(sorted, value), 0, value);
}

function placeOf(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function middleOf(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}

/**
 * The median of the `width` points around each point, fewer at the ends. A spike narrower than half of it is gone, an
 * edge stays where it is. A value that is not finite breaks the line and counts for none of its neighbours.
 */
export function centredMedian(y: Float64Array, width: number): Float64Array {
  const half = width >> 1;
  const out = new Float64Array(y.length);
  const sorted: number[] = [];
  const finite = (at: number) => at >= 0 && at < y.length && Number.isFinite(y[at] ?? NaN);
  for (let at = 0; at < Math.min(half, y.length); at++) if (finite(at)) insert(sorted, y[at] ?? NaN);
  for (let i = 0; i < y.length; i++) {
    if (finite(i + half)) insert(sorted, y[i + half] ?? NaN);
    if (finite(i - half - 1)) sorted.splice(placeOf(sorted, y[i - half - 1] ?? NaN), 1);
    out[i] = finite(i) ? middleOf(sorted) : NaN;
  }
  return out;
}
