import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RunSummary } from "../../api/client";
import { shortNames } from "../../panels/names";
import type { ChartPlan } from "../../panels/plan";
import { seriesQuery, type SharedSeries } from "../../panels/shared-series";
import { chartsOf, colorsOf, type Voice } from "./plan";
import { boardRunsQuery } from "./queries";
import type { BoardState } from "./state";

/** One run of a board. */
export interface Member extends Voice {
  readonly row: RunSummary;
  readonly isShown: boolean;
}

export interface BoardData {
  readonly members: readonly Member[];
  readonly total: number;
  readonly series: readonly SharedSeries[];
  readonly plans: readonly ChartPlan[];
  /** Why the runs could not be had, or only those of before. */
  readonly error: Error | null;
  readonly isLoading: boolean;
  readonly retry: () => void;
}

const NO_ROWS: readonly never[] = [];
const NONE_HIDDEN: readonly string[] = [];

/** The same list for as long as its texts are the same. */
function useStable(texts: readonly string[]): readonly string[] {
  const key = texts.join("\n");
  return useMemo(() => (key === "" ? [] : key.split("\n")), [key]);
}

function membersOf(rows: readonly RunSummary[], total: number, { best, limit }: BoardState, hidden: readonly string[]): Member[] {
  const colors = colorsOf(rows, { before: best === null ? Math.max(0, total - rows.length) : 0, limit });
  const shorts = shortNames(rows.map(({ name }) => name));
  return rows.map((row, at) => ({ id: row.id, label: shorts[at] ?? row.name, color: colors.get(row.id) ?? at, row, isShown: !hidden.includes(row.id) }));
}

/** The runs that match now and the charts of them. The charts stay the same objects until a run or a series comes or goes. */
export function useBoardData(project: string | null, state: BoardState, hidden: readonly string[] = NONE_HIDDEN): BoardData {
  const { data, error, refetch } = useQuery(boardRunsQuery(project, state));
  const rows = data?.rows ?? NO_ROWS;
  const total = data?.total ?? 0;
  const ids = useStable(rows.map(({ id }) => id));
  const { data: series = NO_ROWS } = useQuery(seriesQuery(ids));
  const members = useMemo(() => membersOf(rows, total, state, hidden), [rows, total, state, hidden]);
  const voices = useStable(members.filter(({ isShown }) => isShown).map(({ id, label, color }) => JSON.stringify({ id, label, color })));
  const plans = useMemo(() => {
    const parsed = voices.map((text): Voice => JSON.parse(text));
    return chartsOf(state.charts, series, parsed);
  }, [state.charts, series, voices]);
  const isLoading = (!data && !error) || (ids.length > 0 && series.length === 0);
  return { members, total, series, plans, error, isLoading, retry: () => void refetch() };
}
