import type { Columns, Span, XAxis } from "../lib/columns";
import { COLUMNS_READ, decodeColumns } from "./decode";

export interface SeriesAsk {
  readonly runs: readonly string[];
  readonly names: readonly string[];
  readonly x: XAxis;
  readonly window: Span | null;
  readonly buckets: number;
  /** Only points of this attempt that a later one took the place of; else those that none did. */
  readonly supersededOf?: number;
  /** Only points of this attempt, kept or not. */
  readonly attempt?: number;
}

export type SeriesLoader = (ask: SeriesAsk) => Promise<Columns[]>;

interface Waiting {
  readonly ask: SeriesAsk;
  resolve(columns: Columns[]): void;
  reject(reason: unknown): void;
}

const NAMES_PER_REQUEST = 100; // keeps the address well under the 8 kB that proxies allow
const REQUESTS_AT_ONCE = 2; // of one view: one alone was slower, more would all come late
const CURVES_PER_REQUEST = 200; // of many runs: the first charts are drawn while the next are read

const listKey = (list: readonly string[]) => list.toSorted().join("\n");
const viewKey = (ask: SeriesAsk) => JSON.stringify([ask.x, ask.window, ask.buckets, ask.supersededOf, ask.attempt]);
const union = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())];

function groupBy(waiting: readonly Waiting[], keyOf: (ask: SeriesAsk) => string): Waiting[][] {
  const groups = new Map<string, Waiting[]>();
  for (const one of waiting) {
    const key = keyOf(one.ask);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** Names in their order, as many at a time as one request should bring of so many runs. */
function chunks(names: readonly string[], runs: number): string[][] {
  const each = Math.max(1, Math.min(NAMES_PER_REQUEST, Math.floor(CURVES_PER_REQUEST / runs)));
  const parts: string[][] = [];
  for (let at = 0; at < names.length; at += each) parts.push(names.slice(at, at + each));
  return parts;
}

/** Runs tasks in their order, so many at a time. */
function inTurn<T, R>(tasks: readonly T[], most: number, run: (task: T) => Promise<R>): Promise<R>[] {
  const lanes: Promise<unknown>[] = [];
  return tasks.map((task, at) => {
    const lane = at % most;
    const result = (lanes[lane] ?? Promise.resolve()).then(() => run(task));
    lanes[lane] = result.catch(() => undefined); // the next has its turn all the same
    return result;
  });
}

/**
 * Joins what many charts ask in the same moment into few requests: same runs and view → one request of all names; same
 * names and view → one request of all runs. Each caller gets its own series out of the shared answer.
 */
export function batchLoader(load: SeriesLoader, delayMs: number): SeriesLoader {
  let queue: Waiting[] = [];

  function serve(group: Waiting[], sample: SeriesAsk): void {
    const runs = union(group.map((one) => one.ask.runs));
    const parts = chunks(union(group.map((one) => one.ask.names)), runs.length);
    const answers = inTurn(parts, REQUESTS_AT_ONCE, (names) => load({ ...sample, runs, names }));
    for (const { ask, resolve, reject } of group) {
      const own = answers.filter((_, at) => parts[at]?.some((name) => ask.names.includes(name)));
      const isOwn = (one: Columns) => ask.runs.includes(one.run) && ask.names.includes(one.name);
      Promise.all(own).then((columns) => resolve(columns.flat().filter(isOwn)), reject);
    }
  }

  function flush(): void {
    const waiting = queue;
    queue = [];
    const byRuns = groupBy(waiting, (ask) => `${viewKey(ask)}\n${listKey(ask.runs)}`);
    const alone = byRuns.filter((group) => group.length === 1).flat();
    const groups = byRuns.filter((group) => group.length > 1);
    groups.push(...groupBy(alone, (ask) => `${viewKey(ask)}\n${listKey(ask.names)}`));
    for (const group of groups) {
      const [first] = group;
      if (first) serve(group, first.ask);
    }
  }

  return (ask) =>
    new Promise((resolve, reject) => {
      if (queue.length === 0) setTimeout(flush, delayMs);
      queue.push({ ask, resolve, reject });
    });
}

const GATHER_MS = 12; // charts of one page ask within the same frame

type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

function attemptQuery({ supersededOf, attempt }: SeriesAsk): Query {
  if (supersededOf !== undefined) return { attempt: supersededOf, attempts: "superseded" };
  return attempt === undefined ? {} : { attempt, attempts: "all" };
}

/** A batching loader over something that fetches the bytes of a columns answer. */
export function seriesLoader(getBytes: (query: Query) => Promise<ArrayBuffer>): SeriesLoader {
  async function load(ask: SeriesAsk): Promise<Columns[]> {
    const [from, to] = ask.window ?? [];
    const view = { run: ask.runs, name: ask.names, x: ask.x, from, to, buckets: ask.buckets, column: COLUMNS_READ };
    return decodeColumns(await getBytes({ ...view, ...attemptQuery(ask) }));
  }
  return batchLoader(load, GATHER_MS);
}
