import { levelKey } from "../levels";
import { textOf, type Difference, type SectionId } from "../parameters";

export interface ValueCell {
  readonly text: string;
  /** Whether the runs have the key at all. */
  readonly isThere: boolean;
  readonly runs: readonly string[];
}

export interface DifferenceRow {
  readonly section: SectionId;
  readonly key: string;
  /** The distinct values, that of the most runs first. */
  readonly cells: readonly ValueCell[];
}

/** A difference as its distinct values with the runs that have each; null where these runs do not differ in it. */
export function rowOf({ section, key, values }: Difference, runs: readonly string[]): DifferenceRow | null {
  const cells = new Map<string, { text: string; isThere: boolean; runs: string[] }>();
  for (const run of runs) {
    const isThere = values.has(run);
    const print = isThere ? levelKey(values.get(run)) : "";
    const cell = cells.get(print) ?? { text: textOf(values.get(run)), isThere, runs: [] };
    cell.runs.push(run);
    cells.set(print, cell);
  }
  if (cells.size < 2) return null;
  return { section, key, cells: [...cells.values()].toSorted((a, b) => b.runs.length - a.runs.length) };
}

export function matches(key: string, texts: readonly string[], find: string): boolean {
  const wanted = find.trim().toLowerCase();
  return wanted === "" || key.toLowerCase().includes(wanted) || texts.some((text) => text.toLowerCase().includes(wanted));
}
