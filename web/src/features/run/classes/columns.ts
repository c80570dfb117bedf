import type { MediaItem, Table } from "../../../api/client";
import { numberFromWire } from "../../../lib/numbers";

export type Content = MediaItem["data"];

const asNumber = (value: Parameters<typeof numberFromWire>[0]) => numberFromWire(value) ?? Number.NaN;

/** A column of numbers; empty where the table has none of that name. */
export function numbersOf(table: Table | null, name: string): number[] {
  return table?.columns.find((one) => one.name === name)?.numbers?.map(asNumber) ?? [];
}

/** The class of each row. */
export function rowClasses(table: Table | null): readonly number[] {
  return table?.columns.find(({ classes }) => classes && classes.length > 0)?.classes ?? [];
}

export const valuesOf = (values: readonly Parameters<typeof numberFromWire>[0][]): number[] => values.map(asNumber);

/** What a column says of each class. */
export function byClass(table: Table | null, name: string): ReadonlyMap<number, number> {
  const values = numbersOf(table, name);
  return new Map(rowClasses(table).map((number, row) => [number, values[row] ?? Number.NaN]));
}

export const tableOf = (data: Content | undefined): Table | null => (data?.type === "table" ? data : null);
