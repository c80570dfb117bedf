import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { joinedOn } from "../charts/join";
import type { ChartLine, ChartLook } from "../charts/scene";
import type { Columns, Span } from "../lib/columns";
import type { PanelContext } from "./context";
import type { ChartPlan, PlannedLine } from "./plan";
import { chartQuery, supersededQuery } from "./queries";

export interface PanelAsk {
  readonly look: ChartLook;
  readonly window: Span | null;
  readonly buckets: number;
  readonly enabled: boolean;
}

export const idOf = ({ run, name }: PlannedLine) => (run === null ? name : `${run}/${name}`);

interface JoinedLines {
  readonly lines: readonly ChartLine[];
  /** Points of the chart at whose steps the series along x has no value. */
  readonly unmatched: number;
}

function joinedLines(lines: readonly ChartLine[], columns: readonly Columns[] | undefined, over: string | null): JoinedLines {
  if (over === null) return { lines, unmatched: 0 };
  let unmatched = 0;
  const joined = lines.map((line) => {
    const along = columns?.find((one) => one.name === over && one.run === line.columns?.run);
    if (!line.columns || !along) return { ...line, columns: undefined };
    const made = joinedOn(line.columns, along);
    unmatched += made.unmatched;
    return { ...line, columns: made.columns, scattered: made.scattered };
  });
  return { lines: joined, unmatched };
}

export function linesOf(plan: ChartPlan, columns: readonly Columns[] | undefined, { run, locale }: { run: string | null; locale: string }): ChartLine[] {
  return plan.lines.map((line) => ({
    ...line,
    id: idOf(line),
    label: locale === "zh" ? line.label.zh : line.label.en,
    supersededOf: null,
    columns: columns?.find((one) => one.name === line.name && one.run === (line.run ?? run)),
  }));
}

/** The lines of a chart with their points, on the axis that is asked for. */
export function usePanelData(plan: ChartPlan, { run, source = chartQuery }: PanelContext, { look, window, buckets, enabled }: PanelAsk) {
  const { locale } = look;
  const over = look.against?.name ?? null;
  const names = useMemo(() => [...new Set([...plan.lines.map((line) => line.name), ...(over === null ? [] : [over])])], [plan, over]);
  const runs = useMemo(() => [...new Set(plan.lines.flatMap((line) => line.run ?? run ?? []))], [plan, run]);
  // Over another series a window is one of its values, which says nothing about steps.
  const query = useQuery(source(runs, { names, x: look.axis, window: over === null ? window : null, buckets }, enabled));
  const { data } = query;
  const { lines, unmatched } = useMemo(() => joinedLines(linesOf(plan, data, { run, locale }), data, over), [plan, data, run, locale, over]);
  return { query, lines, unmatched };
}

const NO_LINES: readonly ChartLine[] = [];
const NEVER_SUPERSEDED = /^system\//;

/** What later attempts took the place of, a line for each attempt that has some. */
export function useSuperseded(lines: readonly ChartLine[], { run, superseded }: PanelContext, ask: PanelAsk): readonly ChartLine[] {
  const { look, window, buckets } = ask;
  const names = useMemo(() => lines.map((line) => line.name).filter((name) => !NEVER_SUPERSEDED.test(name)), [lines]);
  const enabled = ask.enabled && run !== null && names.length > 0 && !look.against;
  const { data } = useQuery(supersededQuery(run ?? "", { names, x: look.axis, window, buckets }, superseded, enabled));
  return useMemo(() => {
    if (superseded.length === 0 || look.against || !data || data[0]?.columns[0]?.xAxis !== look.axis) return NO_LINES;
    return data.flatMap(({ attempt, columns }) => {
      const mark = look.attempts[attempt - 1]?.label ?? "";
      return lines.flatMap((line) => {
        const held = columns.find((one) => one.name === line.name);
        return held && held.x.length > 0 ? { ...line, id: `${line.id}/${attempt}`, label: `${line.label} · ${mark}`, supersededOf: attempt, columns: held } : [];
      });
    });
  }, [superseded, data, look, lines]);
}
