import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson } from "../../../api/client";
import type { Columns } from "../../../lib/columns";
import { queryKeys } from "../../../lib/query-keys";
import { chartQuery, type ChartAsk } from "../../../panels/queries";
import { allOver } from "./difference";
import { columnsOfGroup } from "./groups";

export type Source = typeof chartQuery;

const GROUP_BUCKETS = 150;

async function loadGroups(runs: readonly string[], by: string, { names, x, window }: ChartAsk): Promise<Columns[]> {
  const [from, to] = window ?? [];
  const answer = await getJson("/api/v1/groups", { query: { run: runs, by, name: names, x, from, to, buckets: GROUP_BUCKETS } });
  return answer.groups.map(columnsOfGroup);
}

/** Means over the groups of these runs, whatever lines ask for. */
function groupsSource(runs: readonly string[], by: string): Source {
  return (_, ask, enabled) =>
    queryOptions({
      queryKey: queryKeys.series(runs, { ...ask, by }),
      queryFn: () => loadGroups(runs, by, ask),
      enabled: enabled && runs.length > 0,
      structuralSharing: false,
      placeholderData: keepPreviousData,
      gcTime: 60_000,
    });
}

/** The same lines as differences to one of them, which is asked for even where it is hidden. */
function againstSource(source: Source, baseline: string): Source {
  const select = (columns: Columns[]) => allOver(columns, baseline);
  return (runs, ask, enabled) => ({ ...source([...new Set([...runs, baseline])], ask, enabled), select });
}

export interface SourceAsk {
  readonly runs: readonly string[];
  /** What runs are grouped by; null for a line a run. */
  readonly by: string | null;
  /** The line that others are held against: a run's id, or the key of a group. */
  readonly baseline: string | null;
}

/** Where the lines of a comparison come from; undefined for the series as they are. */
export function sourceFor({ runs, by, baseline }: SourceAsk): Source | undefined {
  const source = by === null ? undefined : groupsSource(runs, by);
  return baseline === null ? source : againstSource(source ?? chartQuery, baseline);
}
