import { ApiError, getJson, type RunPage } from "../../../api/client";
import type { RunsSearch } from "../search";
import { orderOf, termsOf, withoutTermAt } from "./terms";
import { isAsked } from "./values";

/** What is asked of the run table; the key of its answer too. */
export interface RunsQuestion {
  readonly project: string | undefined;
  readonly where: string | undefined;
  readonly sort: string | undefined;
  readonly archived: "any" | "true" | undefined;
  /** Names, separated by commas, of which rows must hold the values. */
  readonly columns: string;
}

const ARCHIVED = { any: "any", only: "true" } as const;

export function questionOf({ project, where, sort, archived }: RunsSearch, terms: readonly string[]): RunsQuestion {
  const asked = new Set([...terms, ...orderOf(sort).map(({ term }) => term)].filter(isAsked));
  return { project, where, sort, archived: archived && ARCHIVED[archived], columns: [...asked].toSorted().join(",") };
}

export interface PageAsk {
  readonly cursor?: string;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

const UNKNOWN_MS = 60_000; // a name that no run has may be logged later
const INVALID = "urn:yoloscope:problem:invalid-filter";

interface Names {
  readonly columns: string;
  readonly sort: string | undefined;
}

const understood = new Map<string, { readonly names: Names; readonly until: number }>();

function namesOf(question: RunsQuestion): Names {
  const known = understood.get(JSON.stringify(question));
  return known && known.until > Date.now() ? known.names : question;
}

/** The names without the one that no run has; null if the fault lies elsewhere. */
export function withoutUnknown({ columns, sort }: Names, fault: unknown): Names | null {
  if (!(fault instanceof ApiError) || fault.type !== INVALID || !fault.place) return null;
  const { column } = fault.place;
  if (fault.field === "columns") return shorter({ columns: withoutTermAt(columns, column), sort }, { columns, sort });
  if (fault.field === "sort") return shorter({ columns, sort: withoutTermAt(sort ?? "", column) || undefined }, { columns, sort });
  return null;
}

function shorter(now: Names, before: Names): Names | null {
  const count = (names: Names) => termsOf(names.columns).length + termsOf(names.sort ?? "").length;
  return count(now) < count(before) ? now : null;
}

/** A page of the run table. Names that no run has any more do not keep a remembered or a linked view from showing. */
export async function askPage(question: RunsQuestion, ask: PageAsk): Promise<RunPage> {
  let names = namesOf(question);
  for (;;) {
    const { project, where, archived } = question;
    const query = { project, where, sort: names.sort, archived, columns: names.columns || undefined, limit: ask.limit, cursor: ask.cursor };
    try {
      return await getJson("/api/v1/runs", { query, ...(ask.signal ? { signal: ask.signal } : {}) });
    } catch (fault) {
      const fewer = withoutUnknown(names, fault);
      if (!fewer) throw fault;
      names = fewer;
      understood.set(JSON.stringify(question), { names, until: Date.now() + UNKNOWN_MS });
    }
  }
}

const CHARS_MOST = 3_500; // of the 4,000 that a filter may have
const ROWS_MOST = 100; // one page of changed runs

/** Filters that pass just these of the runs that pass `where`; several where one would be too long. */
export function filtersOf(runs: readonly string[], where: string | undefined): string[] {
  const head = where?.trim() ? `(${where}) and ` : "";
  const perRun = Math.max(1, ...runs.map((run) => run.length)) + 4;
  const each = Math.max(1, Math.min(ROWS_MOST, Math.floor((CHARS_MOST - head.length) / perRun)));
  const filters: string[] = [];
  for (let at = 0; at < runs.length; at += each) filters.push(`${head}id in [${runs.slice(at, at + each).map((run) => `"${run}"`).join(", ")}]`);
  return filters;
}

/** Rows of these runs as far as they belong to the answer. */
export async function askRuns(question: RunsQuestion, runs: readonly string[]): Promise<RunPage["items"]> {
  const pages = await Promise.all(filtersOf(runs, question.where).map((where) => askPage({ ...question, where, sort: undefined }, { limit: ROWS_MOST })));
  return pages.flatMap((page) => page.items);
}

export async function askTotal(question: RunsQuestion): Promise<number> {
  return (await askPage({ ...question, sort: undefined, columns: "" }, { limit: 1 })).total;
}
