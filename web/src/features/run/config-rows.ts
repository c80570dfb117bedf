export interface ConfigRow {
  readonly key: string;
  readonly value: string;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const isTable = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Nested settings as rows of dotted keys, in the order they were recorded. */
export function rowsOf(value: Readonly<Record<string, unknown>>, prefix = ""): ConfigRow[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    if (isTable(inner) && Object.keys(inner).length > 0) return rowsOf(inner, key);
    return [{ key, value: textOf(inner) }];
  });
}

export function matching(rows: readonly ConfigRow[], query: string): ConfigRow[] {
  const wanted = query.trim().toLowerCase();
  return rows.filter(({ key, value }) => key.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted));
}
