import type { RunDetail } from "../../../api/client";

export const FAMILIES = ["settings", "loss", "metric", "class", "lr", "grad", "time", "system"] as const;
export type FamilyId = (typeof FAMILIES)[number];

/** What of a run a diagnosis had to look at. */
export function familiesIn({ series, settings }: Pick<RunDetail, "series" | "settings">): FamilyId[] {
  const there = new Set(series.map(({ family }) => family));
  return FAMILIES.filter((family) => (family === "settings" ? Object.keys(settings).length > 0 : there.has(family)));
}
