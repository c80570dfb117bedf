import { chart, same, text, type ChartPlan, type PlannedLine } from "../../panels/plan";
import type { SharedSeries } from "../../panels/shared-series";
import { MOST_CHARTS } from "./state";

/** A run as a line of every chart. */
export interface Voice {
  readonly id: string;
  readonly label: string;
  readonly color: number;
}

export const isPattern = (entry: string): boolean => entry.includes("*");

function patternOf(entry: string): RegExp {
  const parts = entry.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "iu");
}

const MOST_MATCHES = 24; // charts of one pattern

/** The series that an entry of a board means; a name means itself, whether or not a run has it yet. */
export function seriesOf<T extends Pick<SharedSeries, "name">>(entry: string, series: readonly T[]): readonly T[] {
  if (!isPattern(entry)) return series.filter(({ name }) => name === entry);
  const pattern = patternOf(entry);
  return series
    .filter(({ name }) => pattern.test(name))
    .toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }))
    .slice(0, MOST_MATCHES);
}

type Shown = Pick<SharedSeries, "name" | "unit" | "title">;

function chartOf({ name, unit, title }: Shown, voices: readonly Voice[]): ChartPlan {
  const lines = voices.map(({ id, label, color }): PlannedLine => ({ run: id, name, label: same(label), unit, color, dashed: false, faint: false }));
  return { ...chart(name, text(title), lines), unit };
}

const unknown = (name: string): Shown => ({ name, unit: "", title: same(name) });

/** The charts of a board in its order, a line for each run in each; a series is drawn once, however often it is meant. */
export function chartsOf(entries: readonly string[], series: readonly SharedSeries[], voices: readonly Voice[]): ChartPlan[] {
  const meant = entries.flatMap((entry): readonly Shown[] => {
    const found = seriesOf(entry, series);
    return found.length === 0 && !isPattern(entry) ? [unknown(entry)] : found;
  });
  const once = new Map(meant.map((one) => [one.name, one]));
  return [...once.values()].slice(0, MOST_CHARTS).map((one) => chartOf(one, voices));
}

/** The metrics that the table of runs shows: what the charts show and what can be better or worse, the first of them. */
export function tableMetrics(plans: readonly ChartPlan[], series: readonly SharedSeries[], most: number): SharedSeries[] {
  const known = new Map(series.map((one) => [one.name, one]));
  return plans
    .flatMap(({ key }) => known.get(key) ?? [])
    .filter(({ direction }) => direction !== "none")
    .slice(0, most);
}

const DISTINCT_COLORS = 80; // twenty colours in four patterns each

/**
 * The colour of each run, the oldest first: counted over all that ever matched, so that it stays when a new run comes
 * and an old one leaves, and is the same for everybody.
 */
export function colorsOf(runs: readonly { readonly id: string; readonly created: string }[], ask: { readonly before: number; readonly limit: number }): Map<string, number> {
  const rounds = ask.limit <= 20 ? 20 : DISTINCT_COLORS;
  const byAge = runs.toSorted((a, b) => (a.created < b.created ? -1 : Number(a.created > b.created)) || (a.id < b.id ? -1 : 1));
  return new Map(byAge.map(({ id }, at) => [id, (ask.before + at) % rounds]));
}
