import type { Finding } from "../../../api/client";
import type { XAxis } from "../../../lib/columns";
import { seriesMeant } from "./evidence";

/** Which findings are marked on the curves: the default leaves notes out. */
export type FlagChoice = "none" | "problems" | "all";
export const FLAG_CHOICES = ["none", "problems", "all"] as const;

/** A finding where it opened, and the series that it speaks of. */
export interface FlagPlace {
  readonly finding: Finding;
  readonly x: number;
  readonly series: readonly string[];
}

/** A place in epochs told on another axis; null where that is not known. */
type Converted = (epoch: number) => number | null;

function placeOf({ opened: { epoch, step } }: Finding, axis: XAxis, converted: Converted): number | null {
  if (axis === "epoch") return epoch;
  if (axis === "step" && step !== null) return step;
  return epoch === null ? null : converted(epoch);
}

/** Where open findings stand on an axis; one that speaks of no curve of the run has no place. */
export function flagPlaces(open: readonly Finding[], { axis, names, converted }: { axis: XAxis; names: readonly string[]; converted: Converted }): FlagPlace[] {
  return open.flatMap((finding) => {
    const x = placeOf(finding, axis, converted);
    const series = [...new Set(finding.series.flatMap((name) => seriesMeant(name, names)))];
    return x === null || series.length === 0 ? [] : [{ finding, x, series }];
  });
}

export function chosenFlags(open: readonly Finding[], choice: FlagChoice): readonly Finding[] {
  if (choice === "none") return [];
  return choice === "all" ? open : open.filter(({ severity }) => severity !== "info");
}
