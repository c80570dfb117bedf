import type { Parameter } from "./parameters";
import type { Reached, Results } from "../../panels/results";
import type { SharedSeries } from "../../panels/shared-series";
import type { Ranges } from "./search";

/** Something that runs have a value of, as places on an axis: numbers as they are, words by their place in order. */
export interface Axis {
  readonly id: string;
  readonly label: string;
  readonly isResult: boolean;
  /** Words in their order; none for numbers. */
  readonly categories: readonly string[];
  readonly log: boolean;
  readonly values: ReadonlyMap<string, number>;
}

const LOG_FROM = 50; // times between the least and the greatest number

const byName = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });

function spreads(values: Iterable<number>): boolean {
  const all = [...values];
  const [least, greatest] = [Math.min(...all), Math.max(...all)];
  return all.length > 1 && least > 0 && greatest / least >= LOG_FROM;
}

const FEW_VALUES = 6; // numbers that were chosen from so few stand side by side, as words do

function parameterAxis({ id, key, values }: Parameter): Axis {
  const shared = { id, label: key, isResult: false };
  const distinctValues = [...new Set(values.values())];
  const isNumeric = distinctValues.every((value) => typeof value === "number");
  if (isNumeric && distinctValues.length > FEW_VALUES) {
    const numbers = new Map([...values].map(([run, value]): [string, number] => [run, Number(value)]));
    return { ...shared, categories: [], log: spreads(numbers.values()), values: numbers };
  }
  const ordered = isNumeric ? distinctValues.toSorted((a, b) => Number(a) - Number(b)).map(String) : distinctValues.map(String).toSorted(byName);
  const categories = [...new Set(ordered)];
  const places = [...values].map(([run, value]): [string, number] => [run, categories.indexOf(String(value))]);
  return { ...shared, categories, log: false, values: new Map(places) };
}

export const reachedValue = ({ best, last }: Reached, which: "best" | "last"): number | null => (which === "last" ? last : (best ?? last));

function resultAxis(name: string, label: string, results: Results): Axis {
  const values = [...results].flatMap(([run, of]): [string, number][] => {
    const reached = of.get(name);
    const value = reached ? reachedValue(reached, "best") : null;
    return value !== null && Number.isFinite(value) ? [[run, value]] : [];
  });
  return { id: name, label, isResult: true, categories: [], log: false, values: new Map(values) };
}

/** The axes there are: parameters that vary, then what was reached; those on which no run stands are left out. */
export function axesOf(parameters: readonly Parameter[], metrics: readonly SharedSeries[], results: Results, language: "en" | "zh"): Axis[] {
  const reached = metrics.map(({ name, title }) => resultAxis(name, title[language], results));
  return [...parameters.map(parameterAxis), ...reached].filter(({ values }) => values.size > 0);
}

const distinct = ({ values }: Axis) => new Set(values.values()).size;
const MOST_PARAMETERS = 6;
const SHOWN_RESULTS = ["metrics/mAP50-95", "metrics/mAP50"];

/** What the parallel view shows until somebody chooses: parameters with few values first, then the main results. */
export function defaultAxes(axes: readonly Axis[]): string[] {
  const varying = axes.filter((axis) => !axis.isResult && distinct(axis) > 1);
  const telling = varying.toSorted((a, b) => distinct(a) - distinct(b)).slice(0, MOST_PARAMETERS);
  const results = axes.filter(({ isResult }) => isResult);
  const main = results.filter(({ id }) => SHOWN_RESULTS.includes(id));
  const kept = new Set([...telling, ...(main.length > 0 ? main : results.slice(0, 1))]);
  return axes.filter((axis) => kept.has(axis)).map(({ id }) => id);
}

/** Whether a run stands within all ranges; one without a value stands nowhere. An axis that is gone asks nothing. */
export function isWithin(run: string, ranges: Ranges, axes: readonly Axis[]): boolean {
  return Object.entries(ranges).every(([id, [from, to]]) => {
    const axis = axes.find((one) => one.id === id);
    if (!axis) return true;
    const value = axis.values.get(run);
    return value !== undefined && value >= from && value <= to;
  });
}

export function withRange(ranges: Ranges | undefined, id: string, range: readonly [number, number] | null): Ranges | undefined {
  const kept = Object.entries(ranges ?? {}).filter(([axis]) => axis !== id);
  const next = range ? [...kept, [id, range] as const] : kept;
  return next.length > 0 ? Object.fromEntries(next) : undefined;
}
