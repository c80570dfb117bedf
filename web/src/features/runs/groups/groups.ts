import type { RunSummary } from "../../../api/client";
import { numberOf, valueOf } from "../list/values";
import { isLowerBetter, kindOf } from "../columns/kinds";

export interface GroupSummary {
  readonly best: number;
  readonly mean: number;
}

export interface Group {
  /** What the address calls it; empty for the runs without a value. */
  readonly key: string;
  readonly runs: readonly RunSummary[];
  readonly folded: boolean;
}

export type Line = { readonly kind: "group"; readonly group: Group } | { readonly kind: "run"; readonly run: RunSummary; readonly group: string };

/** Under which values a run stands: each of its tags, else its one value. */
function keysOf(run: RunSummary, by: string): readonly string[] {
  if (by === "tags") return run.tags.length > 0 ? run.tags : [""];
  const value = valueOf(run, by);
  return [value === null ? "" : String(value)];
}

export interface Folding {
  readonly folds: "all" | undefined;
  readonly folded: readonly string[] | undefined;
}

const nameFor = (key: string) => (key === "" ? "–" : key);

/** How a group is named in the list of exceptions; an address cannot hold an empty name. */
export function isFolded(key: string, { folds, folded }: Folding): boolean {
  const excepted = folded?.includes(nameFor(key)) ?? false;
  return (folds === "all") !== excepted;
}

/** The folding after one group was opened or closed. */
export function toggled(key: string, { folds, folded }: Folding): Folding {
  const name = nameFor(key);
  const rest = (folded ?? []).filter((one) => one !== name);
  const next = folded?.includes(name) ? rest : [...rest, name];
  return { folds, folded: next.length > 0 ? next : undefined };
}

/** Runs by their value, groups in the order of their first run; those without a value last. */
export function groupsOf(runs: readonly RunSummary[], by: string, folding: Folding): Group[] {
  const members = new Map<string, RunSummary[]>();
  for (const run of runs) {
    for (const key of keysOf(run, by)) {
      const known = members.get(key);
      if (known) known.push(run);
      else members.set(key, [run]);
    }
  }
  const groups = [...members].map(([key, found]) => ({ key, runs: found, folded: isFolded(key, folding) }));
  return [...groups.filter(({ key }) => key !== ""), ...groups.filter(({ key }) => key === "")];
}

/** The rows of the table: each group's own, and those of its runs while it is open. */
export function linesOf(groups: readonly Group[]): Line[] {
  return groups.flatMap((group): Line[] => {
    const head: Line = { kind: "group", group };
    return group.folded ? [head] : [head, ...group.runs.map((run): Line => ({ kind: "run", run, group: group.key }))];
  });
}

/** What a group amounts to under a column of numbers that can be good or bad; null for any other column. */
export function summaryOf(runs: readonly RunSummary[], id: string): GroupSummary | null {
  if (kindOf(id) !== "metric" && !isLowerBetter(id)) return null;
  const values = runs.flatMap((run) => numberOf(run, id) ?? []).filter(Number.isFinite);
  if (values.length === 0) return null;
  const best = values.reduce((one, other) => (isLowerBetter(id) ? Math.min(one, other) : Math.max(one, other)));
  return { best, mean: values.reduce((sum, value) => sum + value, 0) / values.length };
}
