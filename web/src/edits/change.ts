import type { RunSummary } from "../api/client";

/** What a person may change of a run. */
export type RunChange = Partial<Pick<RunSummary, "name" | "tags" | "group" | "note" | "starred" | "archived">>;

/** What is added to and taken from the tags of many runs. */
export interface TagChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export interface Tagged {
  readonly id: string;
  readonly tags: readonly string[];
}

export interface TagUse {
  readonly tag: string;
  /** How many of the runs in question have it. */
  readonly count: number;
}

const MOST_TAG_CHARS = 100;

export function withTags(tags: readonly string[], { add, remove }: TagChange): string[] {
  return [...tags.filter((tag) => !remove.includes(tag)), ...add.filter((tag) => !tags.includes(tag))];
}

/** Tags of the runs, those of most runs first. */
export function tagUses(runs: readonly Tagged[]): TagUse[] {
  const counts = new Map<string, number>();
  for (const { tags } of runs) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts]
    .map(([tag, count]) => ({ tag, count }))
    .toSorted((one, other) => other.count - one.count || one.tag.localeCompare(other.tag));
}

/** The tag in what was typed: without blanks around it, and not too long to be one. */
export function tagFrom(typed: string): string {
  return [...typed.trim()].slice(0, MOST_TAG_CHARS).join("").trimEnd();
}

/** Known tags that hold what was typed; those that begin with it first. */
export function suggestedTags(known: readonly string[], typed: string): string[] {
  const wanted = typed.trim().toLowerCase();
  return known
    .filter((tag) => tag.toLowerCase().includes(wanted))
    .toSorted((one, other) => Number(other.toLowerCase().startsWith(wanted)) - Number(one.toLowerCase().startsWith(wanted)));
}

/** The runs that a tag change alters: only those are taken back by an undo. */
export function alteredBy(runs: readonly Tagged[], { add, remove }: TagChange): string[] {
  return runs
    .filter(({ tags }) => add.some((tag) => !tags.includes(tag)) || remove.some((tag) => tags.includes(tag)))
    .map(({ id }) => id);
}
