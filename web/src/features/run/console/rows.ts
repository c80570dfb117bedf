import type { ConsoleState } from "./feed";
import type { HeldLine } from "./lines";

/** What the console shows one below the other. */
export type ConsoleRow =
  | { readonly kind: "line"; readonly key: string; readonly line: HeldLine; readonly text: string }
  | { readonly kind: "attempt"; readonly key: string; readonly attempt: number; readonly time: string }
  | { readonly kind: "removed" | "gap" | "withheld"; readonly key: string; readonly count: number };

const WITHHELD = "<text>";
const ESCAPE = String.fromCodePoint(27);
const COLOURS = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, "g");

/** Terminals' codes for colours and moves say nothing here. */
const plain = (text: string) => (text.includes(ESCAPE) ? text.replaceAll(COLOURS, "") : text);

/** One row a line; gaps, attempts and what policy withholds are rows of their own. */
export function rowsOf({ lines, removed, hasOlder }: ConsoleState): ConsoleRow[] {
  const rows: ConsoleRow[] = [];
  const isResumed = (lines.at(-1)?.attempt ?? 1) > 1;
  let attempt = 0;
  let withheld = 0;
  if (removed > 0 && !hasOlder) rows.push({ kind: "removed", key: "removed", count: removed });
  for (const line of lines) {
    if (line.attempt !== attempt && isResumed) {
      rows.push({ kind: "attempt", key: `attempt ${line.attempt}`, attempt: line.attempt, time: line.time });
    }
    if (line.left_out > 0) rows.push({ kind: "gap", key: `gap ${line.key}`, count: line.left_out });
    attempt = line.attempt;
    const last = rows.at(-1);
    withheld = line.text === WITHHELD ? withheld + 1 : 0;
    if (withheld === 0) rows.push({ kind: "line", key: line.key, line, text: plain(line.text) });
    else if (last?.kind === "withheld") rows[rows.length - 1] = { ...last, count: last.count + 1 };
    else rows.push({ kind: "withheld", key: `withheld ${line.key}`, count: 1 });
  }
  return rows;
}

/** Indices of the rows that hold a text, whatever its case. */
export function matchesIn(rows: readonly ConsoleRow[], query: string): number[] {
  const wanted = query.toLowerCase();
  if (wanted === "") return [];
  const found: number[] = [];
  for (const [at, row] of rows.entries()) if (row.kind === "line" && row.text.toLowerCase().includes(wanted)) found.push(at);
  return found;
}

export interface Part {
  readonly text: string;
  readonly isMatch: boolean;
}

/** A text cut at what is searched in it. */
export function partsOf(text: string, query: string): Part[] {
  const wanted = query.toLowerCase();
  const lower = text.toLowerCase();
  if (wanted === "" || lower.length !== text.length) return [{ text, isMatch: false }];
  const parts: Part[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    if (at > from) parts.push({ text: text.slice(from, at), isMatch: false });
    parts.push({ text: text.slice(at, at + wanted.length), isMatch: true });
    from = at + wanted.length;
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from), isMatch: false });
  return parts;
}

/** All rows as text; `say` has the words for what is no line. */
export function textFrom(rows: readonly ConsoleRow[], say: (row: Exclude<ConsoleRow, { kind: "line" }>) => string, withTimes: boolean): string {
  const lines = rows.map((row) => {
    if (row.kind !== "line") return `--- ${say(row)} ---`;
    return withTimes ? `${row.line.time} ${row.text}` : row.text;
  });
  return lines.map((line) => `${line}\n`).join("");
}
