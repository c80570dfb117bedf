import type { RunSummary } from "../../../api/client";
import type { Wanted } from "./terms";
import { valueOf, type Value } from "./values";

const CHARS = 100; // of a text count for the server's order

/** Numbers before texts before the rest; what is missing, or no number, stands last. */
function rankOf(value: Value): number {
  if (value === null || (typeof value === "number" && Number.isNaN(value))) return Infinity;
  if (typeof value === "number") return 0;
  return typeof value === "string" ? 1 : 2;
}

function compareTexts(one: string, other: string): number {
  const [a, b] = [one.slice(0, CHARS), other.slice(0, CHARS)];
  return a < b ? -1 : Number(a > b);
}

function compareValues(one: Value, other: Value, descending: boolean): number {
  const [rank, otherRank] = [rankOf(one), rankOf(other)];
  if (rank === Infinity || otherRank === Infinity) return rank === otherRank ? 0 : rank === Infinity ? 1 : -1;
  const ranks = rank - otherRank;
  const within = typeof one === "string" && typeof other === "string" ? compareTexts(one, other) : Number(one) - Number(other);
  return (ranks || within) * (descending ? -1 : 1);
}

const GRAVITY = { healthy: 0, unknown: 1, warning: 2, critical: 3 } as const;

/** What a run is sorted by under a name: its value, but health by how grave it is. */
function keyOf(run: RunSummary, term: string): Value {
  return term === "health" ? run.health && GRAVITY[run.health] : valueOf(run, term);
}

/** The server's order of runs, so that a row that changed finds its place without asking for the others. */
export function compareRuns(order: readonly Wanted[]): (one: RunSummary, other: RunSummary) => number {
  return (one, other) => {
    for (const { term, descending } of order) {
      const found = compareValues(keyOf(one, term), keyOf(other, term), descending);
      if (found !== 0) return found;
    }
    return compareTexts(other.created, one.created) || compareTexts(other.id, one.id);
  };
}
