import type { Table } from "../../../../api/client";
import type { Columns } from "../../../../lib/columns";
import { numbersOf, rowClasses } from "../columns";

/** What a prediction can be, right first; `missed` counts objects, not predictions. */
export const KINDS = ["correct", "duplicate", "classification", "localisation", "both", "background"] as const;
export const MISTAKES = ["classification", "localisation", "both", "duplicate", "background", "missed"] as const;
export type Kind = (typeof KINDS)[number];
export type Mistake = (typeof MISTAKES)[number];

export interface Counted {
  readonly predictions: number;
  readonly correct: number;
  readonly missed: number;
  /** The most frequent mistake of predictions, and how often it is made; null if there is none. */
  readonly worst: { readonly kind: Exclude<Mistake, "missed">; readonly count: number } | null;
}

/** What the kinds come to together. */
export function counted(of: (kind: Kind | "missed") => number | null): Counted | null {
  const known = KINDS.map((kind) => of(kind));
  if (known.every((count) => count === null)) return null;
  const predictions = known.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const mistakes = MISTAKES.flatMap((kind) => (kind === "missed" ? [] : [{ kind, count: of(kind) ?? 0 }])).toSorted((a, b) => b.count - a.count);
  const [worst] = mistakes;
  return { predictions, correct: of("correct") ?? 0, missed: of("missed") ?? 0, worst: worst && worst.count > 0 ? worst : null };
}

export interface ErrorRow {
  readonly number: number;
  readonly objects: number;
  readonly missed: number;
  readonly kinds: Readonly<Record<Kind, number>>;
  readonly predictions: number;
}

/** A row for each class that has objects or predictions, those with most mistakes first. */
export function errorRows(table: Table): ErrorRow[] {
  const [objects, missed] = [numbersOf(table, "objects"), numbersOf(table, "missed")];
  const columns = Object.fromEntries(KINDS.map((kind) => [kind, numbersOf(table, kind)]));
  const rows = rowClasses(table).map((number, at) => {
    const of = (kind: Kind) => columns[kind]?.[at] ?? 0;
    const kinds = { correct: of("correct"), duplicate: of("duplicate"), classification: of("classification"), localisation: of("localisation"), both: of("both"), background: of("background") };
    const predictions = Object.values(kinds).reduce((sum, count) => sum + count, 0);
    return { number, objects: objects[at] ?? 0, missed: missed[at] ?? 0, kinds, predictions };
  });
  const mistakes = (row: ErrorRow) => row.predictions - row.kinds.correct + row.missed;
  return rows.filter(({ objects: there, predictions }) => there + predictions > 0).toSorted((a, b) => mistakes(b) - mistakes(a));
}

/** Values of several series over the epochs of the first. */
export function overEpochs(columns: readonly Columns[], name: string): { readonly x: readonly number[]; readonly y: readonly number[] } {
  const found = columns.find((one) => one.name === name);
  return { x: [...(found?.xEnd ?? [])], y: [...(found?.mean ?? [])] };
}

export interface SizeRow {
  readonly from: number;
  readonly to: number;
  readonly objects: number;
  readonly found: number;
}

/** Octaves of the side with objects in them. */
export function sizeRows(table: Table): SizeRow[] {
  const [from, to, objects, found] = ["from_px", "to_px", "objects", "found"].map((name) => numbersOf(table, name));
  const rows = (from ?? []).map((low, at) => ({ from: low, to: to?.[at] ?? Infinity, objects: objects?.[at] ?? 0, found: found?.[at] ?? 0 }));
  return rows.filter((row) => row.objects > 0);
}
