export type Selection = ReadonlySet<string>;

export const NOTHING: Selection = new Set();

export function toggle(now: Selection, id: string): Selection {
  const next = new Set(now);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** All from the row that was chosen last to this one, both ends with them. */
export function withRange(now: Selection, ids: readonly (string | null)[], from: number, to: number): Selection {
  const [low, high] = from < to ? [from, to] : [to, from];
  return new Set([...now, ...ids.slice(low, high + 1).filter((id) => id !== null)]);
}

/** What is left of a choice when runs have gone. */
export function among(now: Selection, ids: ReadonlySet<string>): Selection {
  const left = [...now].filter((id) => ids.has(id));
  return left.length === now.size ? now : new Set(left);
}
