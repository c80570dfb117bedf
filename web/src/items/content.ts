import { queryOptions } from "@tanstack/react-query";
import { getPart, getPartText, type MediaItem } from "../api/client";
import type { WireNumber } from "../lib/numbers";
import { queryKeys } from "../lib/query-keys";
import { partJsonUrl, partUrl } from "./queries";

type Point = readonly [number, number];

/** Annotations of one picture, column by column; see docs/media-api.md. */
export interface Boxes {
  readonly width: number;
  readonly height: number;
  readonly xyxy: readonly (readonly [number, number, number, number])[];
  readonly classes: readonly number[];
  readonly titles: readonly (string | null)[];
  readonly scores: readonly WireNumber[];
  readonly truth: readonly number[];
  readonly outlines: readonly (readonly Point[])[];
  readonly keypoints: readonly (readonly (readonly [number, number, number])[])[];
}

export interface GraphNode {
  readonly id: string;
  readonly kind: string;
  readonly parameters: number;
  readonly shape: readonly number[];
  readonly frozen: boolean;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly (readonly [string, string])[];
}

export interface Embedding {
  readonly dimensions: number;
  readonly classes: readonly number[];
  readonly titles: readonly (string | null)[];
  readonly images: readonly number[];
  readonly xyxy: readonly (readonly [number, number, number, number])[];
}

const KEPT_MS = 300_000;

function contentQuery<T>(item: MediaItem | null, role: "boxes" | "data") {
  const url = item === null ? null : partJsonUrl(item, role);
  return queryOptions({
    queryKey: queryKeys.part(url),
    queryFn: ({ signal }) => getPart<T>(url ?? "", signal),
    enabled: url !== null,
    gcTime: KEPT_MS,
  });
}

export const boxesQuery = (item: MediaItem | null) => contentQuery<Boxes>(item, "boxes");
export const graphQuery = (item: MediaItem | null) => contentQuery<Graph>(item, "data");
export const embeddingQuery = (item: MediaItem | null) => contentQuery<Embedding>(item, "data");

export function textQuery(item: MediaItem) {
  const url = partUrl(item, "data");
  return queryOptions({
    queryKey: queryKeys.part(url),
    queryFn: ({ signal }) => getPartText(url ?? "", signal),
    enabled: url !== null,
    gcTime: KEPT_MS,
  });
}
