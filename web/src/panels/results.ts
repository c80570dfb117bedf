import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson, type RunSummary } from "../api/client";
import { numberFromWire, type WireNumber } from "../lib/numbers";
import { rowsOfIds } from "./runs";

const LIVE_MS = 30_000;

export interface Reached {
  readonly best: number | null;
  readonly last: number | null;
}

/** What runs reached, by run and metric. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, Reached>>;

const quoted = (name: string) => (/^[\w/.-]+$/.test(name) ? name : `\`${name}\``);

const isWireNumber = (value: unknown): value is WireNumber =>
  typeof value === "number" || value === "NaN" || value === "Infinity" || value === "-Infinity";

const numberOf = (value: unknown) => (isWireNumber(value) ? numberFromWire(value) : null);

function reachedBy(row: RunSummary, name: string): Reached {
  const at = (of: string) => numberOf(row.values?.[`${of}(${quoted(name)})`] ?? row.values?.[`${of}(${name})`]);
  return { best: at("best"), last: at("last") };
}

async function storedResults(ids: readonly string[], names: readonly string[], signal: AbortSignal): Promise<Map<string, Map<string, Reached>>> {
  const columns = names.flatMap((name) => [`best(${quoted(name)})`, `last(${quoted(name)})`]).join(",");
  const rows = names.length === 0 ? [] : await rowsOfIds(ids, columns, signal);
  return new Map(rows.map((row) => [row.id, new Map(names.map((name) => [name, reachedBy(row, name)]))]));
}

/** Derived series are not in the run table: their last value is read from the curve. */
async function addDerived(into: Map<string, Map<string, Reached>>, ids: readonly string[], names: readonly string[], signal: AbortSignal): Promise<void> {
  if (names.length === 0) return;
  const answer = await getJson("/api/v1/series", { query: { run: ids, name: names, x: "epoch", buckets: 1 }, signal });
  for (const one of answer.series) {
    const of = into.get(one.run) ?? new Map<string, Reached>();
    into.set(one.run, of.set(one.name, { best: null, last: numberOf(one.last?.at(-1)) }));
  }
}

const DERIVED = /^derived\//;

export function resultsQuery(ids: readonly string[], names: readonly string[]) {
  return queryOptions({
    queryKey: ["results", ids, names],
    queryFn: async ({ signal }): Promise<Results> => {
      const found = await storedResults(ids, names.filter((name) => !DERIVED.test(name)), signal);
      await addDerived(found, ids, names.filter((name) => DERIVED.test(name)), signal);
      return found;
    },
    enabled: ids.length > 0 && names.length > 0,
    placeholderData: keepPreviousData,
    structuralSharing: false,
    refetchInterval: LIVE_MS,
  });
}
