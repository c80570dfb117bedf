import { chart, same, text, type ChartPlan, type PlannedLine } from "../../../panels/plan";
import type { SharedSeries } from "../../../panels/shared-series";

/** A run, or the runs that share a value, as one line of every chart. */
export interface Voice {
  readonly id: string;
  readonly label: string;
  readonly color: number;
}

export const FAMILIES = ["metric", "loss", "class", "lr", "time", "grad", "other", "system"] as const;
export type FamilyId = (typeof FAMILIES)[number];

export interface FamilyPlan {
  readonly id: FamilyId;
  readonly charts: readonly ChartPlan[];
}

const FINAL = /^final\//; // one value each: they stand in the table
const FIRST = ["metrics/mAP50-95", "metrics/mAP50", "metrics/fitness", "metrics/precision", "metrics/recall"];
const DIFFERENCE_UNIT = "Δ%"; // a plain % would be drawn from 0 to 100

const THEN = [/^val\//, /^train\/epoch\//, /^derived\//] as const; // the noise of single batches comes last

/** Where a series stands within its family: what everybody looks at first. */
export const rankOf = ({ name }: Pick<SharedSeries, "name">) => {
  const [known, kind] = [FIRST.indexOf(name), THEN.findIndex((pattern) => pattern.test(name))];
  if (known >= 0) return known;
  return FIRST.length + (kind < 0 ? THEN.length : kind);
};

const familyOf = ({ family }: SharedSeries): FamilyId => FAMILIES.find((id) => id === family) ?? "other";

/** Whether a series is meant by what was typed: words that all stand in its name or title. */
export function isFound({ name, title }: Pick<SharedSeries, "name" | "title">, find: string): boolean {
  const whole = `${name} ${title.en} ${title.zh}`.toLowerCase();
  return find.toLowerCase().split(/\s+/).every((word) => whole.includes(word));
}

function chartOf(series: SharedSeries, voices: readonly Voice[], against: boolean): ChartPlan {
  const unit = against ? DIFFERENCE_UNIT : series.unit;
  const lines = voices.map(({ id, label, color }): PlannedLine => {
    return { run: id, name: series.name, label: same(label), unit, color, dashed: false, faint: false };
  });
  return { ...chart(series.name, text(series.title), lines), unit };
}

/** A chart for each series with a line for each voice; what most runs have comes first within its family. */
export function familiesOf(series: readonly SharedSeries[], voices: readonly Voice[], view: { find: string; against: boolean }): FamilyPlan[] {
  const meant = series.filter((one) => !FINAL.test(one.name) && isFound(one, view.find));
  const ordered = meant.toSorted(
    (a, b) => rankOf(a) - rankOf(b) || b.share - a.share || a.name.localeCompare(b.name, "en", { numeric: true }),
  );
  return FAMILIES.flatMap((id) => {
    const own = ordered.filter((one) => familyOf(one) === id);
    return own.length > 0 ? [{ id, charts: own.map((one) => chartOf(one, voices, view.against)) }] : [];
  });
}
