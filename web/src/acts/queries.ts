import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { ApiError, getJson, postCommand, type Command, type CommandPage, type Wish } from "../api/client";
import { queryKeys } from "../lib/query-keys";
import { isOpen, withAct } from "./acts";

const PAGE = 100;
const OPEN_MS = 3_000; // what expires by itself sends no hint

type Pages = InfiniteData<CommandPage>;

/** What was asked of a run and what became of it, newest first. */
export function actsQuery(run: string) {
  return infiniteQueryOptions({
    queryKey: queryKeys.commands(run),
    queryFn: ({ pageParam, signal }) => getJson("/api/v1/runs/{run_id}/commands", { path: { run_id: run }, query: { limit: String(PAGE), cursor: pageParam }, signal }),
    initialPageParam: firstPage(),
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: ({ state }) => (actsIn(state.data).some(isOpen) ? OPEN_MS : false),
  });
}

const firstPage = (): string | undefined => undefined;

export const actsIn = (data: Pages | undefined): Command[] => data?.pages.flatMap(({ items }) => items) ?? [];

/** A run by its id, with what it can be asked for. */
export function runToActOnQuery(id: string) {
  return queryOptions({
    queryKey: queryKeys.run(id),
    queryFn: ({ signal }) => getJson("/api/v1/runs/{run_id}", { path: { run_id: id }, signal }),
  });
}

function withShown(pages: Pages | undefined, act: Command): Pages | undefined {
  const [first, ...rest] = pages?.pages ?? [];
  if (!pages || !first) return pages;
  const known = pages.pages.some(({ items }) => items.some(({ id }) => id === act.id));
  const changed = known ? pages.pages.map((page) => ({ ...page, items: page.items.map((one) => (one.id === act.id ? act : one)) })) : [{ ...first, items: withAct(first.items, act) }, ...rest];
  return { ...pages, pages: changed };
}

const AGAIN = 2;

/** Asks a run for something. What was sent and got no answer is sent again under its id, which happens once. */
export function useAsk(run: string) {
  const client = useQueryClient();
  const queryKey = queryKeys.commands(run);
  return useMutation({
    networkMode: "always",
    retry: (failures, error) => failures < AGAIN && !(error instanceof ApiError),
    mutationFn: (wish: Wish) => postCommand(run, wish),
    onSuccess: (act) => client.setQueryData<Pages>(queryKey, (now) => withShown(now, act)),
    onSettled() {
      void client.invalidateQueries({ queryKey }); // what was sent is no longer on its way while the list is fetched
    },
  });
}

export type Ask = ReturnType<typeof useAsk>;
