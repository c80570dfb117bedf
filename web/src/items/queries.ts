import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson, urlOf, type MediaItem, type MediaName } from "../api/client";
import { queryKeys } from "../lib/query-keys";

export type ItemKind = MediaName["kind"];
export type PartRole = MediaItem["parts"][number]["role"];

export interface ItemAsk {
  readonly names?: readonly string[];
  readonly kinds?: readonly ItemKind[];
  readonly fromEpoch?: number;
  readonly toEpoch?: number;
  readonly fromStep?: number;
  readonly toStep?: number;
  /** Whether the answer brings what summaries hold. */
  readonly data?: boolean;
}

/** Which items a run has, by kind and name, in order of first arrival. */
export function itemNamesQuery(run: string) {
  return queryOptions({
    queryKey: queryKeys.itemNames(run),
    queryFn: async ({ signal }) => (await getJson("/api/v1/runs/{run_id}/media/names", { path: { run_id: run }, signal })).items,
  });
}

const PAGE_ITEMS = 1000;

async function loadItems(runs: readonly string[], ask: ItemAsk, signal: AbortSignal): Promise<MediaItem[]> {
  const items: MediaItem[] = [];
  let cursor: string | undefined;
  do {
    const page = await getJson("/api/v1/media", { query: { ...queryOf(runs, ask), cursor }, signal });
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}

function queryOf(runs: readonly string[], ask: ItemAsk) {
  return {
    run: runs,
    name: ask.names,
    kind: ask.kinds,
    from_epoch: ask.fromEpoch,
    to_epoch: ask.toEpoch,
    from_step: ask.fromStep,
    to_step: ask.toStep,
    data: ask.data ? "true" : undefined,
    limit: PAGE_ITEMS,
  };
}

/** All items of the runs that match, in order of run and arrival. */
export function itemsQuery(runs: readonly string[], ask: ItemAsk, enabled = true) {
  return queryOptions({
    queryKey: queryKeys.items(runs, ask),
    queryFn: ({ signal }) => loadItems(runs, ask, signal),
    enabled: enabled && runs.length > 0,
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
}

/** Where a part's bytes are; with its digest in the address the browser keeps them for ever. */
export function partUrl(item: MediaItem, role: PartRole): string | null {
  const part = item.parts.find((one) => one.role === role);
  if (!part?.stored) return null;
  return urlOf("/api/v1/runs/{run_id}/media/{place}/{role}", { path: { run_id: item.run, place: String(item.id), role }, query: { digest: part.digest } });
}

/** What a content part holds, as JSON: of media, whose data no page of items brings. */
export function partJsonUrl(item: MediaItem, role: PartRole): string | null {
  const url = partUrl(item, role);
  return url === null ? null : `${url}&format=json`;
}

export function thumbnailUrl(item: MediaItem): string | null {
  const part = item.parts.find((one) => one.role === "image");
  if (!part?.stored) return null;
  return urlOf("/api/v1/runs/{run_id}/media/{place}/thumbnail", { path: { run_id: item.run, place: String(item.id) }, query: { digest: part.digest } });
}
