import type { RunSummary } from "../../api/client";

/** Share of the planned epochs that is done; null while the plan is unknown. */
export function progressOf(run: RunSummary): number | null {
  if (run.epochs === null || run.epochs <= 0) return null;
  return Math.min(1, run.epoch / run.epochs);
}

/** The first tags of a row, and how many more there are. */
export function tagsShown(tags: readonly string[], most: number): { readonly shown: readonly string[]; readonly more: number } {
  return { shown: tags.slice(0, most), more: Math.max(0, tags.length - most) };
}
