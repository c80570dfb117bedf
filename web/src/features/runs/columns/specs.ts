import { clamp } from "../../../lib/numbers";

export interface ColumnSpec {
  /** A name of the filter language, or `progress` or `spark(<series>)`. */
  readonly id: string;
  /** Pixels, where a person chose them. */
  readonly width: number | null;
  readonly pinned: boolean;
}

export const NARROWEST = 48;
const WIDEST = 800;

const SPARK = /^spark\((.*)\)$/s;

/** The series of a column of sparklines; null for any other column. */
export function sparkSeries(id: string): string | null {
  return SPARK.exec(id)?.[1] ?? null;
}

export const columnOf = (id: string): ColumnSpec => ({ id, width: null, pinned: false });

const WIDTH = /^(.*)@(\d{1,4})$/s;

export function specFromText(text: string): ColumnSpec {
  const pinned = text.startsWith("^");
  const rest = pinned ? text.slice(1) : text;
  const sized = WIDTH.exec(rest);
  if (!sized) return { id: rest, width: null, pinned };
  const width = Number(sized[2]);
  return { id: sized[1] ?? rest, width: width === 0 ? null : clamp(width, NARROWEST, WIDEST), pinned };
}

/** A name that ends like a width is told apart by the width 0, which stands for none. */
export function textFromSpec({ id, width, pinned }: ColumnSpec): string {
  const size = width ?? (WIDTH.test(id) ? 0 : null);
  return `${pinned ? "^" : ""}${id}${size === null ? "" : `@${size}`}`;
}

/** Columns as they are shown: the pinned ones first, each once, the name always. */
export function ordered(specs: readonly ColumnSpec[]): ColumnSpec[] {
  const seen = new Set<string>();
  const once = specs.filter(({ id }) => !seen.has(id) && Boolean(seen.add(id)));
  const named = seen.has("name") ? once : [{ id: "name", width: null, pinned: true }, ...once];
  return [...named.filter(({ pinned }) => pinned), ...named.filter(({ pinned }) => !pinned)];
}

type Specs = readonly ColumnSpec[];

export function withWidth(specs: Specs, id: string, width: number | null): ColumnSpec[] {
  return specs.map((one) => (one.id === id ? { ...one, width: width === null ? null : clamp(Math.round(width), NARROWEST, WIDEST) } : one));
}

export function withPin(specs: Specs, id: string, pinned: boolean): ColumnSpec[] {
  const own = specs.find((one) => one.id === id);
  if (!own) return [...specs];
  const others = specs.filter((one) => one.id !== id);
  const edge = others.filter((one) => one.pinned).length;
  return others.toSpliced(edge, 0, { ...own, pinned });
}

export function without(specs: Specs, id: string): ColumnSpec[] {
  return specs.filter((one) => one.id !== id);
}

export function withColumn(specs: Specs, id: string): ColumnSpec[] {
  return specs.some((one) => one.id === id) ? [...specs] : [...specs, columnOf(id)];
}

/** The column stands where `target` stood; among pinned ones it is pinned. */
export function movedTo(specs: Specs, id: string, target: string): ColumnSpec[] {
  const own = specs.find((one) => one.id === id);
  const at = specs.findIndex((one) => one.id === target);
  const other = specs[at];
  if (!own || !other || id === target) return [...specs];
  return without(specs, id).toSpliced(at, 0, { ...own, pinned: other.pinned });
}

/** One place to the left or right, within the pinned or within the others. */
export function movedBy(specs: Specs, id: string, by: -1 | 1): ColumnSpec[] {
  const at = specs.findIndex((one) => one.id === id);
  const target = specs[at + by];
  return target && target.pinned === specs[at]?.pinned ? movedTo(specs, id, target.id) : [...specs];
}
