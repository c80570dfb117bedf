import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chart } from "../charts/Chart";
import type { ChartGroup } from "../charts/group";
import { Legend } from "../charts/Legend";
import { toggled } from "../charts/legend-state";
import type { ChartLine, ChartLook } from "../charts/scene";
import type { Columns, Span } from "../lib/columns";
import { useLiveState } from "../series/live-context";
import { Notice } from "../ui/Notice";
import { useOnScreen } from "../ui/use-on-screen";
import styles from "./ChartPanel.module.css";
import { PanelHead } from "./PanelHead";
import { chartQuery, supersededQuery } from "./queries";
import type { ChartPlan, PlannedLine } from "./plan";
import { useChartTitle } from "./use-chart-title";

export interface PanelContext {
  /** The run of lines that name none; null where every line names its own. */
  readonly run: string | null;
  readonly group: ChartGroup;
  readonly look: ChartLook;
  readonly window: Span | null;
  readonly buckets: number;
  /** The attempts whose superseded points are shown. */
  readonly superseded: readonly number[];
  readonly onZoom: (window: Span | null) => void;
}

const idOf = ({ run, name }: PlannedLine) => (run === null ? name : `${run}/${name}`);

function linesOf(plan: ChartPlan, columns: readonly Columns[] | undefined, { run, look }: Pick<PanelContext, "run" | "look">): ChartLine[] {
  return plan.lines.map((line) => ({
    ...line,
    id: idOf(line),
    label: look.locale === "zh" ? line.label.zh : line.label.en,
    supersededOf: null,
    columns: columns?.find((one) => one.name === line.name && one.run === (line.run ?? run)),
  }));
}

const NO_LINES: readonly ChartLine[] = [];
const NEVER_SUPERSEDED = /^system\//;

/** What later attempts took the place of, a line for each attempt that has some. */
function useSuperseded(lines: readonly ChartLine[], context: PanelContext, enabled: boolean): readonly ChartLine[] {
  const { run, look, window, buckets, superseded } = context;
  const names = useMemo(() => lines.map((line) => line.name).filter((name) => !NEVER_SUPERSEDED.test(name)), [lines]);
  const { data } = useQuery(supersededQuery(run ?? "", { names, x: look.axis, window, buckets }, superseded, enabled && run !== null && names.length > 0));
  return useMemo(() => {
    if (superseded.length === 0 || !data || data[0]?.columns[0]?.xAxis !== look.axis) return NO_LINES;
    return data.flatMap(({ attempt, columns }) => {
      const mark = look.attempts[attempt - 1]?.label ?? "";
      return lines.flatMap((line) => {
        const held = columns.find((one) => one.name === line.name);
        return held && held.x.length > 0 ? { ...line, id: `${line.id}/${attempt}`, label: `${line.label} · ${mark}`, supersededOf: attempt, columns: held } : [];
      });
    });
  }, [superseded, data, look, lines]);
}

function usePanelData(plan: ChartPlan, context: PanelContext, enabled: boolean) {
  const { run, look, window, buckets } = context;
  const names = useMemo(() => [...new Set(plan.lines.map((line) => line.name))], [plan]);
  const runs = useMemo(() => [...new Set(plan.lines.flatMap((line) => line.run ?? run ?? []))], [plan, run]);
  const query = useQuery(chartQuery(runs, { names, x: look.axis, window, buckets }, enabled));
  const lines = useMemo(() => linesOf(plan, query.data, { run, look }), [plan, query.data, run, look]);
  return { query, lines };
}

function EmptyText({ zoomed, allHidden }: { zoomed: boolean; allHidden: boolean }) {
  const { t } = useTranslation("run");
  if (allHidden) return <Notice title={t("hiddenAll")} />;
  return <Notice title={t(zoomed ? "empty" : "emptyAxis")} />;
}

/** A chart with its title, legend and the states in which it has nothing to show. */
export function ChartPanel({ plan, context }: { plan: ChartPlan; context: PanelContext }) {
  const { t } = useTranslation("run");
  const panel = useRef<HTMLElement>(null);
  const visible = useOnScreen(panel);
  const { query, lines } = usePanelData(plan, context, visible);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => lines.filter((line) => !hidden.has(line.id)), [lines, hidden]);
  const behind = useSuperseded(shown, context, visible);
  const drawn = useMemo(() => [...behind, ...shown], [behind, shown]);
  // The previous answer stays while the next is on its way, on the axis that it was asked for.
  const axis = query.data?.[0]?.xAxis ?? context.look.axis;
  const look = useMemo(() => ({ ...context.look, axis }), [context.look, axis]);
  const title = useChartTitle(plan);
  const stale = useLiveState() === "disconnected";
  const toggle = useCallback(
    (id: string, isolate: boolean) => setHidden((now) => toggled(now, plan.lines.map(idOf), id, isolate)),
    [plan],
  );
  const hasPoints = shown.some((line) => (line.columns?.x.length ?? 0) > 0);

  return (
    <article ref={panel} className={styles.panel} data-stale={stale} aria-busy={query.isFetching}>
      <PanelHead title={title} unit={plan.unit} lines={shown} look={look} stale={stale} />
      <div className={styles.plot}>
        <Chart
          chart={plan.key}
          label={t("chartLabel", { title })}
          group={context.group}
          lines={drawn}
          look={look}
          visible={visible}
          onZoom={context.onZoom}
          onReset={() => context.onZoom(null)}
        />
        {!query.data && !query.error ? <Skeleton className={styles.skeleton} radius="sm" /> : null}
        <div className={styles.over}>
          {query.error && !query.data ? (
            <Notice title={t("chartError")} detail={query.error.message} action={{ label: t("retry"), run: () => void query.refetch() }} />
          ) : null}
          {query.data && !hasPoints ? <EmptyText zoomed={context.window !== null} allHidden={shown.length === 0} /> : null}
        </div>
      </div>
      {lines.length > 1 ? <Legend lines={lines} hidden={hidden} theme={look.theme} hint={t("legendHint")} onToggle={toggle} /> : null}
    </article>
  );
}
