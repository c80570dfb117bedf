import type { Order } from "../search";
import { standing, type Readings, type Standing } from "./readings";
import { whyOf, type Why } from "./why";
import type { Confusion } from "../confusion/derive";

/** One class in the table. */
export interface ClassRow {
  readonly key: string;
  readonly number: number | null;
  readonly values: Float64Array;
  readonly standing: Standing;
  /** Objects in the labels of the training and of the validation; null where that is not known. */
  readonly train: number | null;
  readonly val: number | null;
}

interface Counts {
  readonly train: ReadonlyMap<number, number>;
  readonly val: ReadonlyMap<number, number>;
}

export function rowsOf(readings: Readings, numbers: ReadonlyMap<string, number>, counts: Counts): ClassRow[] {
  return [...readings.rows].map(([key, values]) => {
    const number = numbers.get(key) ?? null;
    const of = (split: ReadonlyMap<number, number>) => (number === null ? null : (split.get(number) ?? null));
    return { key, number, values, standing: standing(values, readings.epochs), train: of(counts.train), val: of(counts.val) };
  });
}

const fallOf = ({ standing: { best, last } }: ClassRow) => (best ?? 0) - (last ?? 0);

function compared(order: Order, locale: string): (a: ClassRow, b: ClassRow) => number {
  switch (order) {
    case "worst":
      return (a, b) => (a.standing.last ?? Infinity) - (b.standing.last ?? Infinity) || 0;
    case "fallen":
      return (a, b) => fallOf(b) - fallOf(a);
    case "instances":
      return (a, b) => (b.train ?? b.val ?? -1) - (a.train ?? a.val ?? -1);
    case "name":
      return (a, b) => a.key.localeCompare(b.key, locale, { numeric: true });
  }
}

export function sorted(rows: readonly ClassRow[], order: Order, locale: string): ClassRow[] {
  return rows.toSorted(compared(order, locale));
}

export interface Worst {
  readonly row: ClassRow;
  readonly why: readonly Why[];
}

const WORST_MOST = 4;

/** The worst classes of several, each with why. */
export function worstOf(rows: readonly ClassRow[], confusion: Confusion | null): Worst[] {
  if (rows.length < 2) return [];
  const trains = rows.flatMap(({ train }) => train ?? []);
  const known = rows.filter(({ standing: { last } }) => last !== null).toSorted(compared("worst", "en"));
  const most = Math.min(WORST_MOST, Math.ceil(known.length / 2));
  return known.slice(0, most).map((row) => ({ row, why: whyOf(row, { trains, confusion }) }));
}

/** The mean over the classes as they stand, and how many lie below half of it. */
export function meanOf(rows: readonly ClassRow[]): { readonly mean: number; readonly below: number } | null {
  const values = rows.flatMap(({ standing: { last } }) => last ?? []);
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, below: values.filter((value) => value < mean / 2).length };
}
