import { queryOptions } from "@tanstack/react-query";
import { getJson } from "../../api/client";
import { queryKeys } from "../../lib/query-keys";
import { CANNOT_RELEASE, outlookFrom, VERBS } from "./derive";

const HISTORY_MS = 60_000;
export const HISTORY_HOURS = 24;

export function historyQuery(host: string, enabled: boolean) {
  return queryOptions({
    queryKey: queryKeys.machineHistory(host),
    queryFn: ({ signal }) =>
      getJson("/api/v1/machines/{host}/history", { path: { host }, query: { hours: HISTORY_HOURS }, signal }),
    refetchInterval: HISTORY_MS,
    staleTime: HISTORY_MS,
    enabled,
  });
}

const OUTLOOK_MS = 20_000;
const MOST_RUNS = 500; // a page of the API; more do not train at once

/** Which of the columns any run has: the server refuses to be asked for one that none has. */
async function knownColumns(signal: AbortSignal): Promise<string[]> {
  const answers = await Promise.all([VERBS, CANNOT_RELEASE].map((text) => getJson("/api/v1/runs/completions", { query: { text }, signal })));
  return [VERBS, CANNOT_RELEASE].filter((name, at) => answers[at]?.items.some(({ text }) => text.replaceAll("`", "") === name));
}

async function liveRuns(signal: AbortSignal) {
  const columns = await knownColumns(signal);
  return getJson("/api/v1/runs", { query: { state: ["running", "paused"], limit: MOST_RUNS, columns: columns.join(",") || undefined }, signal });
}

/** What trainings that have not ended tell of the cards they hold. */
export function outlookQuery(connected: boolean) {
  return queryOptions({
    queryKey: ["outlook"],
    queryFn: async ({ signal }) => outlookFrom((await liveRuns(signal)).items),
    refetchInterval: connected ? OUTLOOK_MS : false,
  });
}
