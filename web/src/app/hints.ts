import type { QueryClient } from "@tanstack/react-query";
import { refreshRuns } from "../features/runs/queries";
import { createCoalescer } from "../lib/coalesce";
import { isItemsOf, isSeriesOf, queryKeys } from "../lib/query-keys";
import type { Hint } from "../series/live";

const ITEMS_MS = 2_000; // parts follow their items one by one
const REFETCH_MS = 400; // a person sees no difference, and a burst of rows becomes one request

/** Turns hints into refetches of just what they are about, each at most once an interval. */
export function createHintHandler(client: QueryClient): (hint: Hint) => void {
  const dirtyRuns = new Set<string>();

  async function refetchRun(run: string): Promise<void> {
    await Promise.all([
      client.invalidateQueries({ predicate: ({ queryKey }) => isSeriesOf(queryKey, run) }, { cancelRefetch: false }),
      client.invalidateQueries({ queryKey: queryKeys.run(run) }, { cancelRefetch: false }),
      client.invalidateQueries({ queryKey: queryKeys.console(run) }, { cancelRefetch: false }),
    ]);
  }

  async function refetchItems(run: string): Promise<void> {
    await client.invalidateQueries({ predicate: ({ queryKey }) => isItemsOf(queryKey, run) }, { cancelRefetch: false });
  }

  async function refetchRows(): Promise<void> {
    const runs = [...dirtyRuns];
    dirtyRuns.clear();
    await refreshRuns(client, runs);
  }

  const runs = createCoalescer(refetchRun, REFETCH_MS);
  const items = createCoalescer(refetchItems, ITEMS_MS);
  const lists = createCoalescer(refetchRows, REFETCH_MS);
  const projects = createCoalescer(() => client.invalidateQueries({ queryKey: queryKeys.projects }), REFETCH_MS);

  return (hint) => {
    if (hint.type === "media") return items.request(hint.run);
    dirtyRuns.add(hint.run);
    runs.request(hint.run);
    lists.request("runs");
    if (hint.type === "run") projects.request("projects");
  };
}
