/** Names as the filter language writes them, and lists of them. */

/** The names of a list, split at the commas that stand in no backticks, quotes or parentheses. */
export function termsOf(text: string): string[] {
  const found: string[] = [];
  let [start, depth, quote] = [0, 0, ""];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === "`" || char === '"' || char === "'") quote = char;
    else if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    else if (char === "," && depth === 0) {
      found.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...found, text.slice(start)].map((one) => one.trim()).filter((one) => one !== "");
}

export interface Wanted {
  readonly term: string;
  readonly descending: boolean;
}

export function orderOf(sort: string | undefined): Wanted[] {
  return termsOf(sort ?? "").map((one) => (one.startsWith("-") ? { term: one.slice(1), descending: true } : { term: one, descending: false }));
}

export function sortFrom(order: readonly Wanted[]): string | undefined {
  return order.length === 0 ? undefined : order.map(({ term, descending }) => (descending ? `-${term}` : term)).join(",");
}

/** The list without the term in which the character stands, counted by code points from 1 as the server does. */
export function withoutTermAt(text: string, column: number): string {
  const at = [...text].slice(0, Math.max(0, column - 1)).join("").length;
  let start = 0;
  const kept = termsOf(text).filter((term) => {
    const from = text.indexOf(term, start);
    start = from + term.length;
    return at < from || at >= start;
  });
  return kept.join(",");
}

const PLAIN = /^[A-Za-z_][\w./-]*$/;

/** A name as it stands within a filter: between backticks if it has blanks or other signs. */
export function nameInFilter(name: string): string {
  return PLAIN.test(name) ? name : `\`${name}\``;
}

/** "best(x)" as its parts; a bare name has no function. */
export function functionOf(term: string): { readonly of: string | null; readonly name: string } {
  const found = /^(\w+)\((.*)\)$/s.exec(term);
  return found ? { of: found[1] ?? null, name: unquoted(found[2] ?? "") } : { of: null, name: unquoted(term) };
}

export function unquoted(name: string): string {
  return name.startsWith("`") && name.endsWith("`") ? name.slice(1, -1) : name;
}
