/** The server counts characters by code points, a field of the browser by UTF-16 units. */
export function unitsFrom(text: string, points: number): number {
  return [...text].slice(0, points).join("").length;
}

export function pointsFrom(text: string, units: number): number {
  return Array.from(text.slice(0, units)).length;
}

export interface Completion {
  readonly text: string;
  readonly kind: "field" | "series" | "config" | "operator" | "value";
  readonly detail: string;
  readonly count: number | null;
}

/** What may take the place of the units `from` to `to` of a text. */
export interface Completions {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly items: readonly Completion[];
}

const WORD_ONLY = /^[^\s()[\],]*$/u;

/**
 * The completions of an earlier text narrowed to what was typed since, so that the list neither flickers nor waits;
 * null once another word has begun.
 */
export function narrowed(found: Completions, text: string, caret: number): Completions | null {
  if (found.text === text) return caret >= found.from && caret <= found.to ? found : null;
  const to = found.to + text.length - found.text.length;
  const typed = text.slice(found.from, caret);
  const sameAround = text.slice(0, found.from) === found.text.slice(0, found.from) && text.slice(to) === found.text.slice(found.to);
  if (!sameAround || caret > to || !WORD_ONLY.test(typed)) return null;
  const wanted = typed.replace(/^["'`]/, "").toLowerCase();
  return { text, from: found.from, to, items: found.items.filter((item) => item.text.toLowerCase().includes(wanted)) };
}

export interface Typed {
  readonly text: string;
  readonly caret: number;
}

const OPENS_FUNCTION = /\b(?:best|min|max|last|count)\s*\(\s*$/;

function behind(item: Completion, before: string): string {
  if (/[[(]$/.test(item.text)) return "";
  return item.kind === "series" && OPENS_FUNCTION.test(before) ? ") " : " ";
}

/** The text with a completion in its place, and the caret where one goes on typing. */
export function completedWith({ text, from, to }: Completions, item: Completion): Typed {
  const before = /^[,\])]$/.test(item.text) ? text.slice(0, from).trimEnd() : text.slice(0, from);
  const after = text.slice(to).replace(/^ +/, "");
  const start = before + item.text + behind(item, before);
  return { text: start + after, caret: start.length };
}

interface Place {
  readonly column: number;
  readonly length: number;
}

/** Text around a place, to be shown with the place marked. A place at the end is one blank wide. */
export function markedAt(text: string, { column, length }: Place): readonly [string, string, string] {
  const [start, end] = [unitsFrom(text, column - 1), unitsFrom(text, column - 1 + length)];
  return [text.slice(0, start), text.slice(start, end), text.slice(end)];
}

const PLAIN_NAME = /^[\p{L}_][\p{L}\p{N}_./:%@#+-]*(?:\([BMP]\))?$/u;

/** The text with another name at a place; one that holds blanks or other signs between backticks. */
export function replacedAt(text: string, place: Place, name: string): string {
  const [before, , after] = markedAt(text, place);
  return before + (PLAIN_NAME.test(name) || /^["'`]/.test(name) ? name : `\`${name}\``) + after;
}
