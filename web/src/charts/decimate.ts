/** First index whose x is ≥ value. `x` ascends. */
export function lowerBound(x: Float64Array, value: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the x nearest to value, -1 without points. */
export function nearest(x: Float64Array, value: number): number {
  const right = lowerBound(x, value);
  if (right === 0) return x.length === 0 ? -1 : 0;
  if (right === x.length) return x.length - 1;
  const [before, after] = [x[right - 1] ?? NaN, x[right] ?? NaN];
  return value - before <= after - value ? right - 1 : right;
}

/** Indices [from, to) needed to draw a window: those inside and one neighbour on each side, so that lines reach the edge. */
export function visibleRange(x: Float64Array, low: number, high: number): [number, number] {
  const from = Math.max(0, lowerBound(x, low) - 1);
  let to = lowerBound(x, high);
  while (to < x.length && (x[to] ?? Infinity) <= high) to += 1;
  return [from, Math.min(x.length, to + 1)];
}

interface ColumnPick {
  first: number;
  low: number;
  high: number;
  last: number;
}

function flushPick(pick: ColumnPick, out: number[]): void {
  if (pick.first < 0) return;
  const inOrder = [pick.first, Math.min(pick.low, pick.high), Math.max(pick.low, pick.high), pick.last];
  for (const index of inOrder) if (out.at(-1) !== index) out.push(index);
  pick.first = -1;
}

/**
 * The indices to draw when there are more points than pixels: of each pixel column the first, lowest, highest and last,
 * in order; and every point that is not finite, because it breaks the line. `columnOf` maps an index to its pixel column.
 */
export function decimate(y: Float64Array, range: readonly [number, number], columnOf: (index: number) => number): number[] {
  const out: number[] = [];
  const pick: ColumnPick = { first: -1, low: -1, high: -1, last: -1 };
  let column = NaN;
  for (let i = range[0]; i < range[1]; i++) {
    const value = y[i] ?? NaN;
    if (!Number.isFinite(value)) {
      flushPick(pick, out);
      if (Number.isFinite(y[i - 1] ?? NaN) || out.length === 0) out.push(i);
      continue;
    }
    const own = columnOf(i);
    if (own !== column) {
      flushPick(pick, out);
      column = own;
    }
    if (pick.first < 0) Object.assign(pick, { first: i, low: i, high: i });
    if (value < (y[pick.low] ?? Infinity)) pick.low = i;
    if (value > (y[pick.high] ?? -Infinity)) pick.high = i;
    pick.last = i;
  }
  flushPick(pick, out);
  return out;
}
