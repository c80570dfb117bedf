import type { MediaName } from "../../api/client";

/** Names of histograms that show the inside of the model. */
const INSIDE = /^(weights|gradients|activations)\//;
/** What the tab of classes shows: all but tables, which can be taken along as well. */
const OF_CLASSES = /^(confusion$|curves\/|labels\/)/;

interface Facts {
  readonly items: readonly Pick<MediaName, "kind" | "name">[];
}

export const hasKinds =
  (...kinds: readonly MediaName["kind"][]) =>
  ({ items }: Facts): boolean =>
    items.some(({ kind }) => kinds.includes(kind));

export const isInside = ({ kind, name }: Pick<MediaName, "kind" | "name">) => kind === "histogram" && INSIDE.test(name);

export const hasModel = ({ items }: Facts): boolean => items.some(({ kind, name }) => kind === "graph" || kind === "embedding" || isInside({ kind, name }));

/** Tables, texts, figures and files, and what no other tab shows. */
export function isFile(one: Pick<MediaName, "kind" | "name">): boolean {
  if (["table", "text", "figure", "artifact"].includes(one.kind)) return true;
  return ["matrix", "curve", "histogram"].includes(one.kind) && !isInside(one) && !OF_CLASSES.test(one.name);
}

export const hasFiles = ({ items }: Facts): boolean => items.some(isFile);
