import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson, type RunSummary } from "../../api/client";
import { rowsOfIds } from "../../panels/runs";
import { runIsOver } from "../../ui/run-tone";
import { merged } from "./parameters";
import { MOST_RUNS, type CompareSearch } from "./search";

const LIVE_MS = 10_000;
const COMPARED_MOST = 20; // columns of one answer
const FOUND_RUNS = 20;

export interface ChosenPage {
  readonly rows: readonly RunSummary[];
  /** How many there are; more than are shown where a filter finds many. */
  readonly total: number;
}

async function pageOf(query: Readonly<Record<string, string | number | undefined>>, signal: AbortSignal): Promise<ChosenPage> {
  const page = await getJson("/api/v1/runs", { query: { limit: MOST_RUNS, ...query }, signal });
  return { rows: page.items, total: page.total };
}

const isLive = (page: ChosenPage | undefined) => page?.rows.some(({ state }) => !runIsOver(state)) ?? false;

/** The runs of a comparison: those named, in their order, or the newest that pass a filter, the oldest of them first. */
export function chosenQuery({ run, project, where }: Pick<CompareSearch, "run" | "project" | "where">) {
  return queryOptions({
    queryKey: ["compare", "runs", run ?? null, project ?? null, where ?? null],
    queryFn: async ({ signal }): Promise<ChosenPage> => {
      if (run) {
        const rows = await rowsOfIds(run, undefined, signal);
        return { rows, total: rows.length };
      }
      const found = await pageOf({ project, where }, signal);
      return { ...found, rows: found.rows.toReversed() };
    },
    enabled: run !== undefined || where !== undefined,
    refetchInterval: ({ state }) => (isLive(state.data) ? LIVE_MS : false),
    placeholderData: keepPreviousData,
  });
}

function anchored(ids: readonly string[]): string[][] {
  const [first = "", ...others] = ids;
  if (others.length === 0) return [[first, first]];
  const parts: string[][] = [];
  for (let at = 0; at < others.length; at += COMPARED_MOST - 1) parts.push([first, ...others.slice(at, at + COMPARED_MOST - 1)]);
  return parts;
}

/** What differs between the runs. */
export function differencesQuery(ids: readonly string[]) {
  return queryOptions({
    queryKey: ["compare", "differences", ids],
    queryFn: async ({ signal }) => merged(await Promise.all(anchored(ids).map((run) => getJson("/api/v1/compare", { query: { run }, signal })))),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** All that one run was started with and what came of it. */
export function everythingQuery(id: string, enabled: boolean) {
  return queryOptions({
    queryKey: ["compare", "everything", id],
    queryFn: ({ signal }) => getJson("/api/v1/compare", { query: { run: [id, id], equal: "true" }, signal }),
    enabled,
    staleTime: 60_000,
  });
}

/** Runs whose name holds a text, newest first. */
export function foundQuery(text: string, project: string | undefined) {
  const wanted = text.trim();
  const pattern = `(?i)${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`;
  const where = wanted === "" ? undefined : `name matches ${JSON.stringify(pattern)}`;
  return queryOptions({
    queryKey: ["compare", "found", wanted, project ?? null],
    queryFn: async ({ signal }) => (await getJson("/api/v1/runs", { query: { where, project, limit: FOUND_RUNS }, signal })).items,
    placeholderData: keepPreviousData,
  });
}

export function importanceQuery(project: string, metric: string | undefined) {
  return queryOptions({
    queryKey: ["compare", "importance", project, metric ?? null],
    queryFn: ({ signal }) => getJson("/api/v1/insights/importance", { query: { project, metric }, signal }),
    staleTime: 60_000,
  });
}
