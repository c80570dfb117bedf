import type { InfiniteData } from "@tanstack/react-query";
import type { RunPage, RunSummary } from "../../../api/client";

/** A page with the row it ended with when it was fetched: what comes behind that row is not loaded. */
export interface LoadedPage extends RunPage {
  readonly edge: RunSummary | null;
}

export type LoadedPages = InfiniteData<LoadedPage, string | null>;
type Compare = (one: RunSummary, other: RunSummary) => number;

export function loadedPage(page: RunPage): LoadedPage {
  return { ...page, edge: page.items.at(-1) ?? null };
}

/** All loaded rows, each run once. */
export function rowsOf(pages: readonly RunPage[]): RunSummary[] {
  const seen = new Map<string, RunSummary>();
  for (const page of pages) for (const run of page.items) if (!seen.has(run.id)) seen.set(run.id, run);
  return [...seen.values()];
}

function placeOf(run: RunSummary, rows: readonly RunSummary[], compare: Compare): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = rows[middle];
    if (at && compare(at, run) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The loaded rows after some runs changed: those that still match are put where they belong now, the others go. A run that
 * belongs behind the last loaded row goes too, it comes with the next page.
 */
export function patchedRows(
  rows: readonly RunSummary[],
  change: { readonly asked: readonly string[]; readonly fresh: readonly RunSummary[]; readonly edge: RunSummary | null },
  compare: Compare,
): RunSummary[] {
  const fresh = new Map(change.fresh.map((run) => [run.id, run]));
  const gone = new Set(change.asked);
  const kept = rows.flatMap((run) => {
    const now = fresh.get(run.id);
    if (now && compare(run, now) === 0) {
      fresh.delete(run.id);
      return [now];
    }
    return gone.has(run.id) ? [] : [run];
  });
  for (const run of fresh.values()) {
    const isBehind = change.edge !== null && compare(change.edge, run) < 0;
    if (!isBehind) kept.splice(placeOf(run, kept, compare), 0, run);
  }
  return kept;
}

/** The same number of pages with other rows: a later refetch then loads as many again. */
export function pagesWith(now: LoadedPages, rows: readonly RunSummary[], total: number): LoadedPages {
  const each = Math.max(1, Math.ceil(rows.length / Math.max(1, now.pages.length)));
  const pages = now.pages.map((page, at) => ({ ...page, total, items: rows.slice(at * each, (at + 1) * each) }));
  return { ...now, pages };
}

/** The last row that was loaded, if there are more behind it. */
export function edgeOf(now: LoadedPages): RunSummary | null {
  const last = now.pages.at(-1);
  return last && last.next !== null ? last.edge : null;
}
