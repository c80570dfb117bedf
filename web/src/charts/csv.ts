import type { Span } from "../lib/columns";
import type { ChartLine } from "./scene";

const quoted = (field: string) => (/[",\n\r]/.test(field) ? `"${field.replace(/"/g, '""')}"` : field);

/** A spreadsheet takes what begins like this for a formula. */
const harmless = (field: string) => (/^[=+\-@\t]/.test(field) ? `'${field}` : field);

const HEAD = ["run", "series", "x_axis", "x", "x_end", "min", "mean", "max", "count", "nan"];

function rowsOf({ columns, name }: ChartLine, axis: string, window: Span | null): string[] {
  if (!columns) return [];
  const rows: string[] = [];
  for (let i = 0; i < columns.x.length; i++) {
    const [x, end] = [columns.x[i] ?? NaN, columns.xEnd[i] ?? NaN];
    if (window && (end < window[0] || x > window[1])) continue;
    const numbers = [x, end, columns.min[i], columns.mean[i], columns.max[i], columns.count[i], columns.nan[i]];
    rows.push([...[columns.run, name, axis].map((field) => quoted(harmless(field))), ...numbers.map((value) => String(value ?? ""))].join(","));
  }
  return rows;
}

/** The drawn buckets of a chart, a row each. */
export function csvOf(lines: readonly ChartLine[], axis: string, window: Span | null): string {
  return `${[HEAD.join(","), ...lines.flatMap((line) => rowsOf(line, axis, window))].join("\r\n")}\r\n`;
}
