import type { MediaName, RunDetail } from "../../../api/client";
import { lossParts } from "./losses/derive";
import { PARTS, type Part } from "./search";

interface Facts {
  readonly run: Pick<RunDetail, "series" | "settings" | "config">;
  readonly items: readonly Pick<MediaName, "name">[];
}

const IS_THERE: Record<Part, (facts: Facts) => boolean> = {
  ap: ({ run, items }) => run.series.some(({ name }) => name.startsWith("class/")) || items.some(({ name }) => name === "classes"),
  curves: ({ items }) => items.some(({ name }) => name.startsWith("curves/")),
  confusion: ({ items }) => items.some(({ name }) => name === "confusion"),
  errors: ({ run, items }) =>
    run.series.some(({ name }) => name.startsWith("errors/") || name.startsWith("metrics/recall_")) || items.some(({ name }) => name === "errors" || name === "sizes"),
  labels: ({ items }) => items.some(({ name }) => name.startsWith("labels/")),
  losses: ({ run }) => lossParts(run).length > 0,
};

/** The parts that a run has something for, and the one that the address names even if it has nothing for it. */
export function partsOf(facts: Facts, asked: Part | undefined): Part[] {
  return PARTS.filter((part) => part === asked || IS_THERE[part](facts));
}

export const isThere = (part: Part, facts: Facts): boolean => IS_THERE[part](facts);
