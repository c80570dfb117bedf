import { levelKey } from "../levels";
import type { Comparison } from "../use-comparison";
import type { Voice } from "./plan";

type Shown = Pick<Comparison, "search" | "shown" | "levels" | "baseline">;

/** What runs are grouped by; null where each is a line of its own. */
export function groupedBy({ search, levels }: Shown): string | null {
  return levels !== null && search.by !== undefined && !search.each ? search.by : null;
}

/** The lines of each chart: runs, or groups of those shown. */
export function voicesOf(comparison: Shown, noValue: string): Voice[] {
  const { shown, levels } = comparison;
  if (levels === null || groupedBy(comparison) === null) return shown.map(({ id, short, color }) => ({ id, label: short, color }));
  const ids = new Set(shown.map(({ id }) => id));
  const there = levels.filter(({ runs }) => runs.some((run) => ids.has(run)));
  return there.map(({ key, text, color }) => ({ id: key, label: key === levelKey(null) ? noValue : text, color }));
}

/** The line that others are held against, where differences are wanted: the baseline, or the group that holds it. */
export function baselineVoice(comparison: Shown): string | null {
  const { search, levels, baseline } = comparison;
  if (!search.against || baseline === null) return null;
  if (groupedBy(comparison) === null) return baseline.id;
  return levels?.find(({ runs }) => runs.includes(baseline.id))?.key ?? null;
}
