import { queryOptions } from "@tanstack/react-query";
import { getJson } from "../../api/client";
import { queryKeys } from "../../lib/query-keys";

export function sessionQuery() {
  return queryOptions({ queryKey: queryKeys.session, queryFn: ({ signal }) => getJson("/api/v1/session", { signal }) });
}
