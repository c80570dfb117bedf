import type { Table } from "../../../api/client";

/** A column with a cell a row; what stands in a cell of classes is what they are called. */
export interface TableColumn {
  readonly name: string;
  readonly isNumeric: boolean;
  readonly cells: readonly (number | string)[];
}

export interface Sorting {
  readonly column: number;
  readonly isDown: boolean;
}

type ClassLabel = (kind: number, title: string | null | undefined) => string;

export function columnsFrom(table: Table, labelOf: ClassLabel): readonly TableColumn[] {
  return table.columns.map(({ name, numbers, classes, titles, texts }) => {
    if (numbers) return { name, isNumeric: true, cells: numbers.map(Number) };
    if (classes) return { name, isNumeric: false, cells: classes.map((kind, at) => labelOf(kind, titles?.[at])) };
    return { name, isNumeric: false, cells: texts ?? [] };
  });
}

const words = new Intl.Collator(undefined, { numeric: true });

function compared(one: number | string, other: number | string): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return words.compare(String(one), String(other));
}

/** The rows in their order; those without a number come last either way. */
export function orderOf(columns: readonly TableColumn[], sorting: Sorting | null): readonly number[] {
  const rows = Array.from({ length: columns[0]?.cells.length ?? 0 }, (_, at) => at);
  const cells = sorting && columns[sorting.column]?.cells;
  if (!cells) return rows;
  const isGap = (row: number) => Number.isNaN(cells[row]);
  return rows.toSorted((a, b) => {
    if (isGap(a) || isGap(b)) return Number(isGap(a)) - Number(isGap(b));
    const order = compared(cells[a] ?? "", cells[b] ?? "");
    return sorting.isDown ? -order : order;
  });
}

const DANGEROUS = /^[=+\-@\t\r]/; // a spreadsheet would run it
const QUOTED = /[",\r\n]/;

function cellOf(value: number | string): string {
  if (typeof value === "number") return Number.isNaN(value) ? "" : String(value);
  const safe = DANGEROUS.test(value) ? `'${value}` : value;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A table as RFC 4180 has it, with the mark by which spreadsheets know UTF-8. */
export function csvFrom(columns: readonly TableColumn[], order: readonly number[]): string {
  const lines = [columns.map(({ name }) => cellOf(name)), ...order.map((row) => columns.map(({ cells }) => cellOf(cells[row] ?? "")))];
  return `\uFEFF${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}
