/** Adds and removes clauses of a filter that somebody typed, and leaves every other character of it as it is. */

const WORD = /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|[()[\],]|[^\s()[\],"'`]+/g;

interface Split {
  /** What stands between the `and`s outside of all parentheses. */
  readonly parts: readonly string[];
  readonly hasOr: boolean;
}

function split(text: string): Split {
  const parts: string[] = [];
  let [depth, start, hasOr] = [0, 0, false];
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (word === "(" || word === "[") depth += 1;
    if (word === ")" || word === "]") depth -= 1;
    if (depth > 0) continue;
    if (/^or$/i.test(word)) hasOr = true;
    if (!/^and$/i.test(word)) continue;
    parts.push(text.slice(start, index));
    start = index + word.length;
  }
  parts.push(text.slice(start));
  return { parts: parts.map((part) => part.trim()).filter((part) => part !== ""), hasOr };
}

/** A clause as it is compared with others: blanks between words, one kind of quotes. */
function plain(clause: string): string {
  return [...clause.matchAll(WORD)].map(([word]) => word.replace(/^'(.*)'$/s, '"$1"')).join(" ");
}

export function hasClause(text: string, clause: string): boolean {
  const { parts, hasOr } = split(text);
  return !hasOr && parts.some((part) => plain(part) === plain(clause));
}

export function withClause(text: string, clause: string): string {
  const { parts, hasOr } = split(text);
  if (parts.length === 0) return clause;
  return hasOr ? `(${text.trim()}) and ${clause}` : [...parts, clause].join(" and ");
}

/** The inside of parentheses that hold the whole text. */
function unwrapped(text: string): string {
  if (!text.startsWith("(") || !text.endsWith(")")) return text;
  const inner = text.slice(1, -1);
  return split(inner).hasOr ? inner : text;
}

export function withoutClause(text: string, clause: string): string {
  const { parts } = split(text);
  const left = parts.filter((part) => plain(part) !== plain(clause));
  return left.length === 1 ? unwrapped(left[0] ?? "") : left.join(" and ");
}

export function toggledClause(text: string, clause: string): string {
  return hasClause(text, clause) ? withoutClause(text, clause) : withClause(text, clause);
}

const VALUE = /(?:==|!=|[<>]=?|contains|matches)\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[-+.\w]+(?:\s*[-+]\s*\d+[smhdw])?)[\s)]*$/;
const WHOLE_END = /(?:\bexists|\])[\s)]*$/;

/** Whether a filter that is being typed may be whole: only then is it worth asking what it finds. */
export function looksWhole(text: string): boolean {
  return VALUE.test(text) || WHOLE_END.test(text);
}

/** A text as a filter writes it. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
