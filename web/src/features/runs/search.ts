/**
 * What the address of the run list holds: the whole view, so that a copied link shows the same.
 *
 * `where` is a filter and `sort` an order as the API takes them. A column is a name as in a filter, or one of our own:
 * `progress` and `spark(<series>)`; in front `^` for one that is pinned, behind it `@<pixels>` where it has a width of its own.
 */
export interface RunsSearch {
  readonly project?: string;
  readonly where?: string;
  readonly sort?: string;
  readonly columns?: readonly string[];
  /** Rows are grouped by the value of this name. */
  readonly by?: string;
  /** Groups that are not as `folds` says. */
  readonly folded?: readonly string[];
  readonly folds?: "all";
  readonly archived?: "any" | "only";
  /** The saved view this one began as. */
  readonly view?: string;
}

const COLUMNS_MOST = 60; // more than a person reads, and little enough for an address
const FOLDED_MOST = 200;

/** Numbers and true come out of an address as such, though they were meant as names. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function textsOf(value: unknown, most: number): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.flatMap((one: unknown) => textOf(one) ?? []);
  return texts.length > 0 ? [...new Set(texts)].slice(0, most) : undefined;
}

function known<K extends keyof RunsSearch>(key: K, value: RunsSearch[K] | undefined): Pick<RunsSearch, K> | object {
  return value === undefined ? {} : { [key]: value };
}

/** Keeps what is understood; anything else in the address falls back to the default. */
export function parseRunsSearch(raw: Record<string, unknown>): RunsSearch {
  const archived = raw.archived === "any" || raw.archived === "only" ? raw.archived : undefined;
  const by = textOf(raw.by);
  return {
    ...known("project", textOf(raw.project)),
    ...known("where", textOf(raw.where)),
    ...known("sort", textOf(raw.sort)),
    ...known("columns", textsOf(raw.columns, COLUMNS_MOST)),
    ...known("by", by),
    ...(by === undefined ? {} : known("folded", textsOf(raw.folded, FOLDED_MOST))),
    ...(by !== undefined && raw.folds === "all" ? { folds: raw.folds } : {}),
    ...known("archived", archived),
    ...known("view", textOf(raw.view)),
  };
}

/** Whether the address says nothing of the view beyond the project: what is remembered may be shown. */
export function isBare(search: RunsSearch): boolean {
  return Object.entries(search).every(([key, value]) => key === "project" || value === undefined);
}
