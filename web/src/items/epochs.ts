import type { MediaItem } from "../api/client";

const SLACK = 1e-9; // 3.0000000001 is the end of the third epoch, not the beginning of the fourth

/** The epoch in which an item came, counted from 1; 0 is the start of the training. */
export function epochOf({ epoch }: Pick<MediaItem, "epoch">): number | null {
  return epoch === null ? null : Math.max(0, Math.ceil(epoch - SLACK));
}

/** The epochs of some items, ascending. */
export function epochsOf(items: readonly Pick<MediaItem, "epoch">[]): readonly number[] {
  const found = new Set(items.map(epochOf).filter((one) => one !== null));
  return [...found].toSorted((a, b) => a - b);
}

function isNewer(one: MediaItem, other: MediaItem): boolean {
  const [here, there] = [one.epoch ?? -1, other.epoch ?? -1];
  return here > there || (here === there && one.id > other.id);
}

/** Of each name the newest item not later than the epoch; items without an epoch belong to every one. By name. */
export function itemsAt(items: readonly MediaItem[], epoch: number): ReadonlyMap<string, MediaItem> {
  const found = new Map<string, MediaItem>();
  for (const item of items) {
    const at = epochOf(item);
    if (at !== null && at > epoch) continue;
    const known = found.get(item.name);
    if (!known || isNewer(item, known)) found.set(item.name, item);
  }
  return found;
}
