import type { RunDetail, SeriesInfo } from "../../../api/client";
import { isNumbered } from "../withheld";

const CLASS = /^class\/(.+)\/([^/]+)$/;

/** Background, and all classes together, among the numbers of classes. */
export const BACKGROUND = -1;
export const ALL = -2;

/** One class as its series call it, and its number where the run says it. */
export interface ClassName {
  readonly key: string;
  readonly number: number | null;
}

/** The class and the measure of a series `class/<name>/<measure>`; a name may hold slashes. */
export function classSeries(name: string): { readonly key: string; readonly measure: string } | null {
  const [, key, measure] = CLASS.exec(name) ?? [];
  return key === undefined || measure === undefined ? null : { key, measure };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Numbers by title, as the run's settings have them. */
export function numbersByTitle(settings: RunDetail["settings"]): ReadonlyMap<string, number> {
  const index: unknown = settings.class_index;
  const titles = isFields(index) && isFields(index.per_class) ? index.per_class : {};
  return new Map(Object.entries(titles).flatMap(([title, number]) => (typeof number === "number" ? [[title, number]] : [])));
}

/** The classes that have series, in the order of their numbers. */
export function classNames(series: readonly Pick<SeriesInfo, "name">[], settings: RunDetail["settings"]): ClassName[] {
  const numbers = numbersByTitle(settings);
  const keys = new Set(series.flatMap(({ name }) => classSeries(name)?.key ?? []));
  const found = [...keys].map((key) => ({ key, number: numbers.get(key) ?? (isNumbered(key) ? Number(key) : null) }));
  return found.toSorted((a, b) => (a.number ?? Infinity) - (b.number ?? Infinity) || 0);
}

/** Whether the names of all these classes stayed on the training's machine. */
export function areWithheld(settings: RunDetail["settings"], names: readonly ClassName[]): boolean {
  const numbers = numbersByTitle(settings);
  const said = [...numbers.keys(), ...names.map(({ key }) => key)];
  return said.length > 0 && said.every(isNumbered);
}
