import { useMemo } from "react";
import type { RunSummary } from "../../../api/client";
import { groupsOf, linesOf, type Folding, type Group, type Line } from "../groups/groups";

/** The rows of the table by their number, of which some may be on their way. */
export interface Lines {
  readonly count: number;
  readonly groups: readonly Group[];
  readonly at: (index: number) => Line | null;
}

const NO_GROUPS: readonly Group[] = [];

export function keyOf(line: Line): string {
  return line.kind === "group" ? `group:${line.group.key}` : `run:${line.group}:${line.run.id}`;
}

/** The run of a row; null for the head of a group and for what is on its way. */
export function runOf(line: Line | null): RunSummary | null {
  return line?.kind === "run" ? line.run : null;
}

/** The rows there are; without groups as many as match, loaded or not. */
export function useLines(runs: readonly RunSummary[], total: number, by: string | undefined, folding: Folding): Lines {
  const { folds, folded } = folding;
  return useMemo(() => {
    if (by === undefined) {
      const at = (index: number): Line | null => {
        const run = runs[index];
        return run ? { kind: "run", run, group: "" } : null;
      };
      return { count: Math.max(total, runs.length), groups: NO_GROUPS, at };
    }
    const groups = groupsOf(runs, by, { folds, folded });
    const lines = linesOf(groups);
    return { count: lines.length, groups, at: (index: number) => lines[index] ?? null };
  }, [runs, total, by, folds, folded]);
}
