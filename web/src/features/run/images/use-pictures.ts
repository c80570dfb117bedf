import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { MediaItem, RunDetail } from "../../../api/client";
import { annotationsFrom, type Annotation } from "../../../items/annotations";
import { boxesQuery, type Boxes } from "../../../items/content";
import { epochsOf, itemsAt } from "../../../items/epochs";
import { itemsQuery, type ItemAsk } from "../../../items/queries";
import type { PictureGroup } from "./groups";

/** One picture as it stands at the epoch. */
export interface Shown {
  readonly item: MediaItem;
  /** Null while its boxes are on their way. */
  readonly annotations: readonly Annotation[] | null;
}

export interface Pictures {
  readonly shown: readonly Shown[];
  readonly epochs: readonly number[];
  readonly epoch: number;
  readonly isLoaded: boolean;
  /** Whether no boxes are on their way. */
  readonly isWhole: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
}

const NONE: readonly Annotation[] = [];
const NO_ITEMS: readonly MediaItem[] = [];
const NAMES_IN_ADDRESS = 40; // of more, all pictures are asked for: an address has no room for hundreds of names
const EAGER = 400; // pictures whose boxes are counted by class; of a larger group the first ones stand for all

function askOf(names: readonly string[]): ItemAsk {
  return names.length > NAMES_IN_ADDRESS ? { kinds: ["image"] } : { kinds: ["image"], names };
}

const hasBoxes = (item: MediaItem) => item.parts.some(({ role, stored }) => role === "boxes" && stored);

const annotationsByBoxes = new WeakMap<Boxes, readonly Annotation[]>(); // the same boxes give the same annotations

function annotationsOf(boxes: Boxes): readonly Annotation[] {
  const known = annotationsByBoxes.get(boxes);
  if (known) return known;
  const made = annotationsFrom(boxes);
  annotationsByBoxes.set(boxes, made);
  return made;
}

/** All items of some names of a run, whatever their epochs. */
export function useItemsOf(run: string, names: readonly string[]) {
  const query = useQuery(itemsQuery([run], askOf(names), names.length > 0));
  const items = useMemo(() => {
    const wanted = new Set(names);
    return query.data?.filter(({ name }) => wanted.has(name)) ?? NO_ITEMS;
  }, [query.data, names]);
  return { ...query, items };
}

function useBoxes(items: readonly MediaItem[]) {
  const asked = items.filter(hasBoxes).slice(0, EAGER);
  return useQueries({
    queries: asked.map((item) => boxesQuery(item)),
    combine: (answers) => ({
      boxes: new Map(answers.flatMap(({ data }, at) => (data && asked[at] ? [[asked[at].id, annotationsOf(data)]] : []))),
      isWhole: answers.every(({ isPending }) => !isPending),
    }),
  });
}

/** Boxes of some pictures, by the place of the picture. */
export function useAnnotations(items: readonly MediaItem[]): ReadonlyMap<number, readonly Annotation[]> {
  return useBoxes(items).boxes;
}

/** The pictures of a group at the chosen epoch; without a choice at the newest, as it comes. */
export function usePictures(run: RunDetail, group: PictureGroup, wanted: number | undefined): Pictures {
  const { items, isPending, error, refetch } = useItemsOf(run.id, group.names);
  const epochs = useMemo(() => epochsOf(items), [items]);
  const epoch = epochs.findLast((one) => one <= (wanted ?? Infinity)) ?? epochs[0] ?? 0;
  const at = useMemo(() => {
    const found = itemsAt(items, epoch);
    return group.names.flatMap((name) => found.get(name) ?? []);
  }, [items, epoch, group.names]);
  const { boxes, isWhole } = useBoxes(at);
  const shown = useMemo(() => at.map((item) => ({ item, annotations: boxes.get(item.id) ?? (hasBoxes(item) ? null : NONE) })), [at, boxes]);
  return { shown, epochs, epoch, isLoaded: !isPending, isWhole: !isPending && isWhole, error, retry: () => void refetch() };
}
