import { queryOptions } from "@tanstack/react-query";
import { getJson } from "../../api/client";
import { queryKeys } from "../../lib/query-keys";

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

const FORECAST_MS = 20_000;
const MOST_RUNS = 500; // a page of the API; more do not train at once

/** Seconds that running trainings still need, by run: what is on a card says when the card is free. */
export function forecastQuery(connected: boolean) {
  return queryOptions({
    queryKey: ["forecast"],
    async queryFn({ signal }) {
      const { items } = await getJson("/api/v1/runs", { query: { state: ["running"], limit: MOST_RUNS }, signal });
      return Object.fromEntries(items.map((run) => [run.id, run.eta_s]));
    },
    refetchInterval: connected ? FORECAST_MS : false,
  });
}
