import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { getJson, type MediaItem } from "../../../api/client";
import { itemsQuery } from "../../../items/queries";

const NO_EPOCHS: readonly number[] = [];
const NO_ITEMS: readonly MediaItem[] = [];

export const epochsOf = (items: readonly Pick<MediaItem, "epoch">[]): number[] =>
  [...new Set(items.flatMap(({ epoch }) => epoch ?? []))].toSorted((a, b) => a - b);

/** The newest of the epochs at or before the one that is asked for, else the first. */
export function nearestEpoch(epochs: readonly number[], asked: number | undefined): number | null {
  return epochs.findLast((epoch) => epoch <= (asked ?? Infinity)) ?? epochs[0] ?? null;
}

/** The epochs at which a run has an item, ascending. */
export function useEpochs(run: string, name: string | null): readonly number[] {
  const { data } = useQuery(itemsQuery(run === "" ? [] : [run], { names: name === null ? [] : [name] }, name !== null));
  return useMemo(() => (data && name !== null ? epochsOf(data.filter((item) => item.name === name && item.run === run)) : NO_EPOCHS), [data, name, run]);
}

interface ItemsAt {
  readonly items: readonly MediaItem[];
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** What a run's summaries hold at one epoch; while the next are on their way, those before stay. */
export function useItemsAt(run: string, names: readonly string[], epoch: number | null): ItemsAt {
  const ask = { names, fromEpoch: epoch ?? 0, toEpoch: epoch ?? 0, data: true };
  const { data, error, refetch } = useQuery(itemsQuery([run], ask, epoch !== null && names.length > 0));
  const items = useMemo(() => (epoch === null || !data ? NO_ITEMS : data.filter((item) => item.run === run && names.includes(item.name))), [data, epoch, run, names]);
  return { items, isLoading: data === undefined && error === null && epoch !== null, error: data === undefined ? error : null, retry: () => void refetch() };
}

/** The newest of each of a run's summaries that come once, or now and then. */
export function useNewest(run: string, names: readonly string[]): ReadonlyMap<string, MediaItem> {
  const { data } = useQuery(itemsQuery([run], { names, data: true }, names.length > 0));
  return useMemo(() => new Map((data ?? []).map((item) => [item.name, item])), [data]);
}

const PROJECT_RUNS = 200;

/** The newest runs of a project, to choose one to compare with. */
export function projectRunsQuery(project: string, enabled: boolean) {
  return queryOptions({
    queryKey: ["runs-to-compare", project],
    queryFn: async ({ signal }) => (await getJson("/api/v1/runs", { query: { project, limit: PROJECT_RUNS }, signal })).items,
    enabled,
  });
}
