export interface ConfigRow {
  readonly key: string;
  readonly value: string;
}

/** A long table within the settings, such as the installed packages: shown folded. */
export interface ConfigFold {
  readonly key: string;
  readonly rows: readonly ConfigRow[];
}

export interface ConfigPart {
  readonly rows: readonly ConfigRow[];
  readonly folds: readonly ConfigFold[];
}

type Table = Readonly<Record<string, unknown>>;

const CONTROL = "control"; // what can be done to the run, which its buttons show
const FOLD_ROWS = 24; // a longer table would push what follows it off the screen

const isRecord = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);

/** A list of tables is a table too, keyed by position. */
const isTable = (value: unknown): value is Table =>
  (isRecord(value) && Object.keys(value).length > 0) || (Array.isArray(value) && value.length > 0 && value.every(isRecord));

const quoted = (word: string) => (/^[^\s"'\\]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function textOf(key: string, value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return value;
  if (!Array.isArray(value) || value.length === 0 || value.some((one) => typeof one === "object")) return JSON.stringify(value);
  return key === "command" ? value.map((word) => quoted(String(word))).join(" ") : value.join(", ");
}

function rowsOf(key: string, value: unknown): ConfigRow[] {
  if (!isTable(value)) return [{ key, value: textOf(key, value) }];
  return Object.entries(value).flatMap(([name, inner]) => rowsOf(`${key}.${name}`, inner));
}

/** Nested settings as rows of dotted keys, in the order they were recorded; long tables apart, their rows without the table's name. */
export function partOf(settings: Table): ConfigPart {
  const rows: ConfigRow[] = [];
  const folds: ConfigFold[] = [];
  for (const [key, value] of Object.entries(settings)) {
    if (key === CONTROL) continue;
    const own = rowsOf(key, value);
    if (own.length <= FOLD_ROWS) rows.push(...own);
    else folds.push({ key, rows: own.map((row) => ({ ...row, key: row.key.slice(key.length + 1) })) });
  }
  return { rows, folds };
}

function matches(row: ConfigRow, wanted: string, within: string): boolean {
  return `${within}${row.key}`.toLowerCase().includes(wanted) || row.value.toLowerCase().includes(wanted);
}

/** What of a part holds the query in a key or a value; folds without such a row are left out. */
export function matching({ rows, folds }: ConfigPart, query: string): ConfigPart {
  const wanted = query.trim().toLowerCase();
  const found = folds.map(({ key, rows: inner }) => ({ key, rows: inner.filter((row) => matches(row, wanted, `${key}.`)) }));
  return { rows: rows.filter((row) => matches(row, wanted, "")), folds: found.filter((fold) => fold.rows.length > 0) };
}

export function countOf({ rows, folds }: ConfigPart): number {
  return folds.reduce((sum, fold) => sum + fold.rows.length, rows.length);
}
