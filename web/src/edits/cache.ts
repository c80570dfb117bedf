import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { RunDetail, RunPage, RunSummary } from "../api/client";
import { queryKeys } from "../lib/query-keys";
import type { RunChange } from "./change";

type Change = (run: RunSummary) => RunChange;
type Pages = InfiniteData<RunPage>;

/** The pages with the rows of some runs changed; the very same pages where none of them is shown. */
export function changedPages(pages: Pages, runs: ReadonlySet<string>, change: Change): Pages {
  if (!pages.pages.some((page) => page.items.some((run) => runs.has(run.id)))) return pages;
  const row = (run: RunSummary) => (runs.has(run.id) ? { ...run, ...change(run) } : run);
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.map(row) })) };
}

const isPages = (data: Partial<Pages> | undefined): data is Pages => Array.isArray(data?.pages);

function changeAll(client: QueryClient, runs: ReadonlySet<string>, by: Change): void {
  client.setQueriesData<Pages>({ queryKey: queryKeys.allRuns }, (now) => (isPages(now) ? changedPages(now, runs, by) : now));
  for (const id of runs) client.setQueryData<RunDetail>(queryKeys.run(id), (now) => (now ? { ...now, ...by(now) } : now));
}

function known(client: QueryClient, runs: ReadonlySet<string>): Map<string, RunSummary> {
  const found = new Map<string, RunSummary>();
  for (const [, data] of client.getQueriesData<Pages>({ queryKey: queryKeys.allRuns })) {
    if (!isPages(data)) continue;
    for (const page of data.pages) for (const run of page.items) if (runs.has(run.id)) found.set(run.id, run);
  }
  for (const id of runs) {
    const detail = client.getQueryData<RunDetail>(queryKeys.run(id));
    if (detail) found.set(id, detail);
  }
  return found;
}

const editable = ({ name, tags, group, note, starred, archived }: RunSummary): RunChange => ({ name, tags, group, note, starred, archived });

/** Shows a change before the server has it; what it gives back takes it away again. */
export function changeInCaches(client: QueryClient, ids: readonly string[], by: Change): () => void {
  const runs = new Set(ids);
  const before = known(client, runs);
  changeAll(client, runs, by);
  return () =>
    changeAll(client, runs, (run) => {
      const was = before.get(run.id);
      return was ? editable(was) : {};
    });
}
