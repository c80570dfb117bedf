import { MOST_RUNS, type CompareSearch } from "./search";

type Choice = Pick<CompareSearch, "run" | "slots" | "hidden" | "baseline">;

const listed = (values: readonly string[]) => (values.length > 0 ? values : undefined);

/** Colours by place where nothing else is said. */
export function slotsFor(runs: readonly string[], slots: readonly number[] | undefined): readonly number[] {
  return slots?.length === runs.length ? slots : runs.map((_, at) => at);
}

function freeSlot(taken: ReadonlySet<number>): number {
  let slot = 0;
  while (taken.has(slot)) slot += 1;
  return slot;
}

/** With more runs: each takes the first colour that is free, and those there keep theirs. */
export function added(runs: readonly string[], slots: readonly number[] | undefined, more: readonly string[]): Choice {
  const [next, colors] = [[...runs], [...slotsFor(runs, slots)]];
  for (const id of more) {
    if (next.includes(id) || next.length >= MOST_RUNS) continue;
    next.push(id);
    colors.push(freeSlot(new Set(colors)));
  }
  return { run: next, slots: colors };
}

/** Without a run; the others keep their colours. */
export function removed(runs: readonly string[], id: string, now: Choice): Choice {
  const colors = slotsFor(runs, now.slots);
  const kept = runs.flatMap((run, at) => (run === id ? [] : [{ run, slot: colors[at] ?? 0 }]));
  return {
    run: listed(kept.map(({ run }) => run)),
    slots: kept.map(({ slot }) => slot),
    hidden: listed((now.hidden ?? []).filter((one) => one !== id)),
    baseline: now.baseline === id ? undefined : now.baseline,
  };
}

export function withToggled(values: readonly string[], value: string): readonly string[] | undefined {
  return listed(values.includes(value) ? values.filter((one) => one !== value) : [...values, value]);
}
