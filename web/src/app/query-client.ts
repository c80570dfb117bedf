import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/client";
import { queryKeys } from "../lib/query-keys";

const RETRIES = 2;

const isFinal = (error: Error) => error instanceof ApiError && error.status < 500;

/** Nothing is refetched by time or focus: only hints of the live connection make data old. */
export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError(error, query) {
        const refused = error instanceof ApiError && error.status === 401;
        if (refused && query.queryKey[0] !== queryKeys.session[0]) void client.invalidateQueries({ queryKey: queryKeys.session });
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: "always", // the server is often on this machine: being offline says nothing about it
        retry: (failures, error) => !isFinal(error) && failures < RETRIES,
      },
    },
  });
  return client;
}
