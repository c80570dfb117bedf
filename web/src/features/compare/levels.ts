import type { RunSummary } from "../../api/client";
import type { Parameter } from "./parameters";

/** A value that runs share, with the place of its colour. */
export interface Level {
  /** What tells it from others: the value as JSON; null for runs that have none. */
  readonly key: string;
  readonly text: string;
  readonly color: number;
  readonly runs: readonly string[];
}

export const NO_VALUE_KEY = "null";

/** Equal values are one level: 640 and 640.0 are, 1 and true are not. */
export const levelKey = (value: unknown): string => JSON.stringify(value ?? null);

const textOf = (value: unknown) => (typeof value === "string" ? value : levelKey(value));

function place(value: unknown): readonly [number, number, string] {
  if (value === null || value === undefined) return [2, 0, ""];
  return typeof value === "number" ? [0, value, ""] : [1, 0, textOf(value)];
}

/** Numbers by size, then words, then what has none: as the server orders groups. */
function inOrder(one: unknown, other: unknown): number {
  const [a, b] = [place(one), place(other)];
  return a[0] - b[0] || a[1] - b[1] || a[2].localeCompare(b[2], "en", { numeric: true });
}

type Row = Pick<RunSummary, "id" | "group" | "tags">;

function valuesOf(row: Row, by: string, parameters: readonly Parameter[]): readonly unknown[] {
  if (by === "group") return [row.group];
  if (by === "tag") return row.tags.length > 0 ? row.tags : [null];
  return [parameters.find(({ id }) => id === by)?.values.get(row.id) ?? null];
}

/** The values that runs have of something, in order; a run with several tags is in several. */
export function levelsOf(rows: readonly Row[], by: string, parameters: readonly Parameter[]): Level[] {
  const found = new Map<string, { value: unknown; runs: string[] }>();
  for (const row of rows) {
    for (const value of valuesOf(row, by, parameters)) {
      const level = found.get(levelKey(value)) ?? { value, runs: [] };
      level.runs.push(row.id);
      found.set(levelKey(value), level);
    }
  }
  return [...found]
    .toSorted(([, a], [, b]) => inOrder(a.value, b.value))
    .map(([key, { value, runs }], color) => ({ key, text: textOf(value), color, runs }));
}

const MOST_LEVELS = 20; // as many as there are colours

/** What may colour lines: what parts the runs into at least two and not into a crowd. */
export function waysToColor(rows: readonly Row[], parameters: readonly Parameter[]): string[] {
  const candidates = ["group", "tag", ...parameters.map(({ id }) => id)];
  return candidates.filter((by) => {
    const count = levelsOf(rows, by, parameters).length;
    return count >= 2 && count <= MOST_LEVELS;
  });
}
