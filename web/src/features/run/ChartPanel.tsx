import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Chart } from "../../charts/Chart";
import type { ChartGroup } from "../../charts/group";
import { Legend } from "../../charts/Legend";
import { toggled } from "../../charts/legend-state";
import type { ChartLine, ChartLook } from "../../charts/scene";
import type { Columns, Span } from "../../lib/columns";
import { useLiveState } from "../../series/live-context";
import { Notice } from "../../ui/Notice";
import { useOnScreen } from "../../ui/use-on-screen";
import styles from "./ChartPanel.module.css";
import { PanelHead } from "./PanelHead";
import { chartQuery } from "./queries";
import type { ChartPlan } from "./derive";
import { useChartTitle } from "./use-chart-title";

export interface PanelContext {
  readonly run: string;
  readonly group: ChartGroup;
  readonly look: ChartLook;
  readonly window: Span | null;
  readonly buckets: number;
  readonly onZoom: (window: Span | null) => void;
}

function linesOf(plan: ChartPlan, columns: readonly Columns[] | undefined, locale: string): ChartLine[] {
  return plan.lines.map((line) => ({
    ...line,
    label: locale === "zh" ? line.label.zh : line.label.en,
    columns: columns?.find((one) => one.name === line.name),
  }));
}

function usePanelData(plan: ChartPlan, context: PanelContext, enabled: boolean) {
  const { run, look, window, buckets } = context;
  const names = useMemo(() => plan.lines.map((line) => line.name), [plan]);
  const query = useQuery(chartQuery(run, { names, x: look.axis, window, buckets }, enabled));
  const lines = useMemo(() => linesOf(plan, query.data, look.locale), [plan, query.data, look.locale]);
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
  const shown = useMemo(() => lines.filter((line) => !hidden.has(line.name)), [lines, hidden]);
  // The previous answer stays while the next is on its way, on the axis that it was asked for.
  const axis = query.data?.[0]?.xAxis ?? context.look.axis;
  const look = useMemo(() => ({ ...context.look, axis }), [context.look, axis]);
  const title = useChartTitle(plan);
  const stale = useLiveState() === "disconnected";
  const toggle = useCallback(
    (name: string, isolate: boolean) => setHidden((now) => toggled(now, plan.lines.map((line) => line.name), name, isolate)),
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
          lines={shown}
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
