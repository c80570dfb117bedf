import type { MediaItem, MediaName } from "../../../api/client";

/** Pictures that are looked at together: those whose names differ in the last part alone. */
export interface PictureGroup {
  readonly id: string;
  /** In the order of their numbers. */
  readonly names: readonly string[];
}

/** What the Ultralytics integration logs, in the order in which it is looked at. */
export const KNOWN_GROUPS = ["predictions", "extremes/worst", "extremes/best", "inputs", "heat_maps"] as const;
export type KnownGroup = (typeof KNOWN_GROUPS)[number];

export const knownGroup = (id: string): KnownGroup | null => KNOWN_GROUPS.find((one) => one === id) ?? null;

export function groupOf(name: string): string {
  const end = name.lastIndexOf("/");
  return end > 0 ? name.slice(0, end) : name;
}

/** What a picture is called within its group. */
export function shortName(name: string): string {
  const group = groupOf(name);
  return group === name ? name : name.slice(group.length + 1);
}

const byNumber = new Intl.Collator("en", { numeric: true });

/** The pictures of a run in groups: known ones first, then others in order of arrival. */
export function groupsFrom(names: readonly Pick<MediaName, "kind" | "name">[]): readonly PictureGroup[] {
  const found = new Map<string, string[]>(KNOWN_GROUPS.map((id) => [id, []]));
  for (const { kind, name } of names) {
    if (kind !== "image") continue;
    const id = groupOf(name);
    const known = found.get(id);
    if (known) known.push(name);
    else found.set(id, [name]);
  }
  const groups = [...found].map(([id, members]) => ({ id, names: members.toSorted(byNumber.compare) }));
  return groups.filter((group) => group.names.length > 0);
}

/** The heat map that belongs to a picture of the predictions, by name. */
function heatName(name: string): string | null {
  return groupOf(name) === "predictions" ? `heat_maps/${shortName(name)}` : null;
}

/** The picture under a heat map, by name. */
function pictureUnder(name: string): string | null {
  return groupOf(name) === "heat_maps" ? `predictions/${shortName(name)}` : null;
}

/** What lies on top of each other where a picture is shown. */
export interface Layers {
  readonly base: MediaItem;
  readonly heat: { readonly item: MediaItem; readonly opacity: number } | null;
}

const OVER = 0.6; // a heat map over its picture, unless somebody moves the slider

/** How strongly heat maps cover their pictures in a group: not at all where pictures are what is looked at. */
export const opacityOf = (group: string, wanted: number | undefined): number => wanted ?? (group === "heat_maps" ? OVER : 0);

/** The layers of a picture by what there is of its companions: the heat map of a prediction, the picture under a heat map. */
export function layersOf(item: MediaItem, companions: ReadonlyMap<string, MediaItem>, opacity: number | undefined): Layers {
  if (groupOf(item.name) === "heat_maps") {
    const under = companions.get(pictureUnder(item.name) ?? "");
    return { base: under ?? item, heat: { item, opacity: under ? opacityOf("heat_maps", opacity) : 1 } };
  }
  const heat = companions.get(heatName(item.name) ?? "");
  return { base: item, heat: heat ? { item: heat, opacity: opacityOf("predictions", opacity) } : null };
}

/** The names of what belongs to a picture. */
export const companionOf = (name: string): string | null => heatName(name) ?? pictureUnder(name);
