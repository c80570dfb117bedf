import type { Reached, Results } from "../../../panels/results";
import type { SharedSeries } from "../../../panels/shared-series";
import { isFound, rankOf } from "../curves/plan";
import { reachedValue } from "../axes";

const MOST_METRICS = 60; // beyond this the address that asks for them grows too long
const NEVER = /^final\//;

/** The metrics of the table: results and losses, generalisation gaps, and whatever else is searched for. */
export function metricsOf(series: readonly SharedSeries[], find: string): SharedSeries[] {
  const searching = find.trim() !== "";
  const meant = series.filter(({ name, family }) => !NEVER.test(name) && (searching || family === "metric" || family === "loss"));
  return meant
    .filter((one) => isFound(one, find))
    .toSorted((a, b) => Number(b.family === "metric") - Number(a.family === "metric") || rankOf(a) - rankOf(b) || b.share - a.share)
    .slice(0, MOST_METRICS);
}

export interface Cell {
  readonly value: number | null;
  readonly isBest: boolean;
  /** To the baseline; null without one, and for the baseline itself. */
  readonly difference: number | null;
  /** Whether the difference is for the better; null where nothing says so. */
  readonly isBetter: boolean | null;
}

export interface MetricRow {
  readonly metric: SharedSeries;
  readonly cells: ReadonlyMap<string, Cell>;
}

const NOTHING: Reached = { best: null, last: null };

function bestOf(values: readonly (number | null)[], direction: SharedSeries["direction"]): number | null {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (direction === "none" || finite.length < 2 || new Set(finite).size < 2) return null;
  return direction === "higher" ? Math.max(...finite) : Math.min(...finite);
}

function cellOf(value: number | null, best: number | null, base: number | null, direction: SharedSeries["direction"]): Cell {
  const difference = value === null || base === null || !Number.isFinite(value - base) ? null : value - base;
  const better = direction === "none" || difference === null || difference === 0 ? null : difference > 0 === (direction === "higher");
  return { value, isBest: best !== null && value === best, difference, isBetter: better };
}

export interface TableAsk {
  readonly runs: readonly string[];
  readonly baseline: string | null;
  readonly which: "best" | "last";
}

/** What each run reached in each metric, held against the best of all and against the baseline. */
export function rowsOf(metrics: readonly SharedSeries[], results: Results, { runs, baseline, which }: TableAsk): MetricRow[] {
  return metrics.map((metric) => {
    const of = (run: string) => reachedValue(results.get(run)?.get(metric.name) ?? NOTHING, which);
    const values = runs.map(of);
    const best = bestOf(values, metric.direction);
    const base = baseline === null ? null : of(baseline);
    const cells = runs.map((run, at): [string, Cell] => [run, cellOf(values[at] ?? null, best, run === baseline ? null : base, metric.direction)]);
    return { metric, cells: new Map(cells) };
  });
}

export interface Sort {
  readonly metric: string;
  /** The better first, or the worse. */
  readonly reversed: boolean;
}

export function sortFrom(text: string | undefined): Sort | null {
  if (text === undefined) return null;
  return text.startsWith("-") ? { metric: text.slice(1), reversed: true } : { metric: text, reversed: false };
}

/** A click sorts with the better first, a second one with the worse first, a third not at all. */
export function nextSort(now: Sort | null, metric: string): string | undefined {
  if (now?.metric !== metric) return metric;
  return now.reversed ? undefined : `-${metric}`;
}

/** Runs in the order of a metric; those without a number stay last, either way. */
export function sortedRuns<T extends { readonly id: string }>(runs: readonly T[], rows: readonly MetricRow[], sort: Sort | null): readonly T[] {
  const row = rows.find(({ metric }) => metric.name === sort?.metric);
  if (!row || !sort) return runs;
  const sign = (row.metric.direction === "lower" ? 1 : -1) * (sort.reversed ? -1 : 1);
  const valueOf = ({ id }: T) => row.cells.get(id)?.value ?? Number.NaN;
  return runs.toSorted((a, b) => {
    const [one, other] = [valueOf(a), valueOf(b)];
    if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
    return sign * (one - other);
  });
}

/** A spreadsheet would run a cell that begins so as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function csvText(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line for each run, with all digits of each value. */
export function csvOf(runs: readonly { readonly id: string; readonly name: string }[], rows: readonly MetricRow[]): string {
  const head = ["run", "name", ...rows.map(({ metric }) => metric.name)].map(csvText);
  const lines = runs.map(({ id, name }) => {
    const values = rows.map(({ cells }) => cells.get(id)?.value ?? null);
    return [csvText(id), csvText(name), ...values.map((value) => (value === null ? "" : String(value)))];
  });
  return [head, ...lines].map((line) => line.join(",")).join("\r\n");
}
