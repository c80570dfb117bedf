import type { MediaName } from "../../../api/client";
import type { Inside, Quantity } from "../items-search";

export const QUANTITIES: readonly Quantity[] = ["weights", "gradients", "activations"];

/** The layer groups that a run has histograms of, by quantity, in the order in which they came. */
export function layersByQuantity(names: readonly Pick<MediaName, "kind" | "name">[]): ReadonlyMap<Quantity, readonly string[]> {
  const found = new Map<Quantity, string[]>();
  for (const { kind, name } of names) {
    const quantity = QUANTITIES.find((one) => kind === "histogram" && name.startsWith(`${one}/`));
    if (!quantity) continue;
    const layers = found.get(quantity) ?? [];
    found.set(quantity, [...layers, name.slice(quantity.length + 1)]);
  }
  return new Map(QUANTITIES.flatMap((one): [Quantity, readonly string[]][] => (found.has(one) ? [[one, found.get(one) ?? []]] : [])));
}

/** What of the model's inside a run shows. */
export function insidesOf(names: readonly Pick<MediaName, "kind" | "name">[]): readonly Inside[] {
  const found: Inside[] = [];
  if (layersByQuantity(names).size > 0) found.push("histograms");
  if (names.some(({ kind }) => kind === "graph")) found.push("graph");
  if (names.some(({ kind }) => kind === "embedding")) found.push("embedding");
  return found;
}
