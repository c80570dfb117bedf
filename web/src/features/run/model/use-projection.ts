import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { getJson, type MediaItem } from "../../../api/client";
import type { Annotation } from "../../../items/annotations";
import type { Embedding } from "../../../items/content";
import { seenFrom, type Seen } from "../../../items/embedding-pictures";
import { itemsAt, epochOf } from "../../../items/epochs";
import { itemsQuery } from "../../../items/queries";
import type { Method } from "../items-search";
import { useAnnotations } from "../images/use-pictures";

const KEPT_MS = 600_000; // it takes the server seconds to make one

/** The points of an embedding as the server draws them. */
export function useProjection(item: MediaItem | null, method: Method, dimensions: 2 | 3) {
  const digest = item?.parts.find(({ role }) => role === "data")?.digest;
  return useQuery({
    queryKey: ["projection", item?.run, digest, method, dimensions],
    queryFn: ({ signal }) =>
      getJson("/api/v1/runs/{run_id}/media/{place}/projection", {
        path: { run_id: item?.run ?? "", place: String(item?.id) },
        query: { method, dimensions },
        signal,
      }),
    enabled: item !== null,
    gcTime: KEPT_MS,
  });
}

/** One class among the points. */
export interface PointClass {
  readonly kind: number;
  readonly title: string | null;
  readonly members: readonly number[];
}

/** The points by class, in the order of their numbers. `vectorOf` tells which vector of the embedding a point is. */
export function classesOf(embedding: Pick<Embedding, "classes" | "titles">, points: number, vectorOf: (point: number) => number): readonly PointClass[] {
  const found = new Map<number, { kind: number; title: string | null; members: number[] }>();
  for (let point = 0; point < points; point += 1) {
    const vector = vectorOf(point);
    const kind = embedding.classes[vector] ?? -1;
    const known = found.get(kind) ?? { kind, title: embedding.titles[vector] ?? null, members: [] };
    known.members.push(point);
    found.set(kind, known);
  }
  return [...found.values()].toSorted((a, b) => a.kind - b.kind);
}

const NO_PICTURES: readonly MediaItem[] = [];
const NONE: readonly Annotation[] = [];

/** Which points are seen on the pictures of the predictions of the same epoch. */
export function useSeen(item: MediaItem | null, embedding: Embedding | undefined): ReadonlyMap<number, Seen> {
  const { data = NO_PICTURES } = useQuery(itemsQuery([item?.run ?? ""], { kinds: ["image"], fromEpoch: item?.epoch ?? 0, toEpoch: item?.epoch ?? 0 }, item?.epoch != null));
  const pictures = useMemo(() => [...itemsAt(data.filter(({ name }) => name.startsWith("predictions/")), epochOf({ epoch: item?.epoch ?? null }) ?? 0).values()], [data, item]);
  const boxes = useAnnotations(pictures);
  return useMemo(() => {
    if (!embedding || embedding.images.length === 0) return new Map<number, Seen>();
    return seenFrom(embedding, pictures.map((picture) => ({ item: picture, annotations: boxes.get(picture.id) ?? NONE })));
  }, [embedding, pictures, boxes]);
}

