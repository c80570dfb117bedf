import { queryOptions } from "@tanstack/react-query";
import { getJson } from "../api/client";
import { queryKeys } from "../lib/query-keys";
import { steady } from "./derive";

const LOOK_MS = 5_000; // a machine reports every few seconds; hints tell of runs only

/** All machines; asked for again while the server is there to answer and somebody looks. */
export function machinesQuery(connected: boolean, enabled = true) {
  return queryOptions({
    queryKey: queryKeys.machines,
    queryFn: async ({ signal }) => steady((await getJson("/api/v1/machines", { signal })).items),
    refetchInterval: connected ? LOOK_MS : false,
    refetchOnMount: "always",
    enabled,
  });
}
