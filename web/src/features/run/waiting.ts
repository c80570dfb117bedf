interface Sums {
  readonly mean: ArrayLike<number>;
  readonly count: ArrayLike<number>;
}

const RECENT = 0.25;

/** Sum over the newest buckets; the first of a run, which fill caches, do not count. */
function recentSum({ mean, count }: Sums): number {
  const from = Math.floor(mean.length * (1 - RECENT));
  let sum = 0;
  for (let at = from; at < mean.length; at++) {
    const part = (mean[at] ?? NaN) * (count[at] ?? 0);
    if (Number.isFinite(part)) sum += part;
  }
  return sum;
}

/** Share of the time before and in batches of late that went by waiting for data, 0 to 1; null where no time is known. */
export function waitingShare(waits: Sums, works: Sums): number | null {
  const [idle, busy] = [recentSum(waits), recentSum(works)];
  return idle + busy > 0 ? idle / (idle + busy) : null;
}
