import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { columnsFromTexts, leadingMetrics } from "./columns/layout";
import { termsOfColumn } from "./columns/kinds";
import type { ColumnSpec } from "./columns/specs";
import { useColumns, useRemembered } from "./columns/use-columns";
import { rowsOf } from "./list/patch";
import { questionOf } from "./list/question";
import { runsQuery } from "./queries";
import { route } from "./route";

/** What is asked of the server; our own choice of columns stands in the rows anyway. */
function useQuestion(remembered: readonly ColumnSpec[] | null) {
  const search = route.useSearch();
  const chosen = search.columns ? columnsFromTexts(search.columns) : (remembered ?? []);
  return questionOf(search, [...chosen.flatMap(({ id }) => termsOfColumn(id)), ...(search.by === undefined ? [] : [search.by])]);
}

/** The runs of the view as far as they are loaded, with the columns they are shown under. */
export function useRuns() {
  const { by } = route.useSearch();
  const remembered = useRemembered();
  const question = useQuestion(remembered);
  const [wantAll, setWantAll] = useState(false);
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError, isPlaceholderData } = useInfiniteQuery(runsQuery(question));
  const runs = useMemo(() => (data ? rowsOf(data.pages) : null), [data]);
  const key = useMemo(() => JSON.stringify(leadingMetrics(runs?.slice(0, 100) ?? [])), [runs]);
  const metrics = useMemo(() => {
    const names: string[] = JSON.parse(key);
    return names;
  }, [key]);
  const columns = useColumns(remembered, metrics);
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const canLoad = hasNextPage && !isFetchingNextPage && !isFetchNextPageError && !isPlaceholderData;
  const isWanted = wantAll || by !== undefined;
  useEffect(() => {
    if (isWanted && canLoad) more();
  }, [isWanted, canLoad, more]);
  return {
    runs,
    total: Math.max(runs?.length ?? 0, data?.pages.at(-1)?.total ?? 0),
    isComplete: !hasNextPage,
    error,
    retry: () => void refetch(),
    loadMore: canLoad ? more : null,
    loadAll: useCallback(() => setWantAll(true), []),
    stale: isPlaceholderData,
    columns,
    metrics,
  };
}
