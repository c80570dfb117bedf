import { Skeleton } from "@mantine/core";
import { useMemo, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Zoom } from "../charts/canvas";
import { Chart } from "../charts/Chart";
import { Legend } from "../charts/Legend";
import { toggled } from "../charts/legend-state";
import { axisKeyOf, type ChartLine, type ChartLook, type ChartWords } from "../charts/scene";
import type { Drawing } from "../charts/svg";
import { clamp } from "../lib/numbers";
import { useLiveState } from "../series/live-context";
import { roundedWindow } from "../series/viewport";
import { Notice } from "../ui/Notice";
import { useOnScreen } from "../ui/use-on-screen";
import { usePageVisible } from "../ui/use-page-visible";
import styles from "./ChartPanel.module.css";
import type { PanelContext, PanelLayout, SeriesFlag } from "./context";
import { PanelHead } from "./PanelHead";
import { PanelMenu } from "./PanelMenu";
import type { ChartPlan } from "./plan";
import { roundedEnds } from "./settings";
import { useChartTitle } from "./use-chart-title";
import { idOf, usePanelData, useSuperseded, type PanelAsk } from "./use-panel-data";
import { useSettings, type PanelSettings } from "./use-settings";

export interface PanelBodyProps {
  readonly plan: ChartPlan;
  readonly context: PanelContext;
  readonly layout?: PanelLayout | undefined;
  /** Whether it has the whole page. */
  readonly isFocused?: boolean;
  readonly onFocus: () => void;
  /** What stands at the edge of the panel. */
  readonly children?: ReactNode;
}

const MOST_BUCKETS = 1500;
const FOCUSED_BUCKETS = 1000;

/** A window of its own where the chart's x axis is not that of the page. */
function useWindow(context: PanelContext, { look: asked, settings, change }: PanelSettings) {
  const isOwn = axisKeyOf(asked) !== axisKeyOf(context.look);
  const window = isOwn ? (settings.window ?? null) : context.window;
  const look = useMemo(() => (isOwn ? { ...asked, window } : asked), [isOwn, asked, window]);

  function zoomTo({ x, y }: Zoom): void {
    if (x && !isOwn) context.onZoom(x);
    const own = { ...(x && isOwn ? { window: roundedWindow(x) } : {}), ...(y ? { y: roundedEnds(y) } : {}) };
    if (Object.keys(own).length > 0) change(own); // at once: each change begins with the settings that were drawn
  }

  function reset(): void {
    if (!isOwn) context.onZoom(null);
    if (settings.y || settings.window) change({ y: [null, null], window: null });
  }

  return { look, window, zoomTo, reset };
}

const NO_FLAGS: readonly SeriesFlag[] = [];

/** The flags of what a chart shows; over another series there is no place for them. */
function useFlags(plan: ChartPlan, { flags = NO_FLAGS }: PanelContext, look: ChartLook): readonly SeriesFlag[] {
  return useMemo(() => {
    const names = new Set(plan.lines.map(({ name }) => name));
    const own = look.against ? NO_FLAGS : flags.filter(({ series }) => series.some((name) => names.has(name)));
    return own.length > 0 ? own : NO_FLAGS;
  }, [plan, flags, look.against]);
}

interface DrawnLook {
  readonly look: ChartLook;
  /** The axis of the answer that is held: the next is on its way. */
  readonly held: ChartLook["axis"] | undefined;
  readonly flags: readonly SeriesFlag[];
}

/** The look with the words and flags that the drawing itself holds. */
function useDrawnLook({ look, held, flags }: DrawnLook): ChartLook {
  const { t } = useTranslation("panels");
  const axis = look.against ? look.axis : (held ?? look.axis);
  return useMemo(() => {
    const words: ChartWords = { more: (count) => t("moreLines", { count }), at: (along, value) => t(`at.${along}`, { value }) };
    return { ...look, axis, words, flags };
  }, [look, axis, t, flags]);
}

interface NothingProps {
  readonly look: ChartLook;
  readonly zoomed: boolean;
  readonly allHidden: boolean;
  readonly unmatched: number;
}

function NothingText({ look, zoomed, allHidden, unmatched }: NothingProps) {
  const { t } = useTranslation("panels");
  if (allHidden) return <Notice title={t("hiddenAll")} />;
  if (look.against) return <Notice title={t("notJoined", { name: look.against.label })} detail={t(unmatched > 0 ? "notJoinedWhy" : "notJoinedMissing")} />;
  return <Notice title={t(zoomed ? "empty" : "emptyAxis")} />;
}

const NONE_HIDDEN: readonly string[] = [];

/** Which lines the reader switched off: kept by the page where it can, else by the chart. */
function useHidden(plan: ChartPlan, { hidden: kept, onHidden }: PanelContext) {
  const [own, setOwn] = useState(NONE_HIDDEN);
  const list = (onHidden ? kept?.[plan.key] : own) ?? NONE_HIDDEN;
  const hidden = useMemo(() => new Set(list), [list]);
  function toggle(id: string, isolate: boolean): void {
    const next = [...toggled(hidden, plan.lines.map(idOf), id, isolate)];
    if (onHidden) onHidden(plan.key, next);
    else setOwn(next);
  }
  return { hidden, toggle };
}

interface Panel {
  readonly plan: ChartPlan;
  readonly context: PanelContext;
  readonly visible: boolean;
  readonly buckets: number;
}

/** What a panel shows: settings, window, points, and the lines that are left after hiding some. */
function usePanel({ plan, context, visible, buckets }: Panel) {
  const settings = useSettings(plan.key, context);
  const { look: asked, window, zoomTo, reset } = useWindow(context, settings);
  const ask: PanelAsk = { look: asked, window, buckets, enabled: visible };
  const { query, lines, unmatched } = usePanelData(plan, context, ask);
  const { hidden, toggle } = useHidden(plan, context);
  const shown = useMemo(() => lines.filter((line) => !hidden.has(line.id)), [lines, hidden]);
  const behind = useSuperseded(shown, context, ask);
  const drawn: readonly ChartLine[] = useMemo(() => [...behind, ...shown], [behind, shown]);
  const look = useDrawnLook({ look: asked, held: query.data?.[0]?.xAxis, flags: useFlags(plan, context, asked) });

  return { settings, window, query, lines, unmatched, hidden, toggle, shown, drawn, look, zoomTo, reset };
}

/** What stands over the plot while it has nothing to draw. */
function PlotState({ panel: { query, shown, look, window, unmatched } }: { panel: ReturnType<typeof usePanel> }) {
  const { t } = useTranslation("panels");
  const hasPoints = shown.some((line) => (line.columns?.x.length ?? 0) > 0);
  if (!query.data && !query.error) return <Skeleton className={styles.skeleton} radius="sm" />;
  const retry = { label: t("retry"), run: () => void query.refetch() };
  return (
    <div className={styles.over}>
      {query.error && !query.data ? <Notice title={t("chartError")} detail={query.error.message} action={retry} /> : null}
      {query.data && !query.isPlaceholderData && !hasPoints ? (
        <NothingText look={look} zoomed={window !== null} allHidden={shown.length === 0} unmatched={unmatched} />
      ) : null}
    </div>
  );
}

/** A chart with its title, menu, legend and the states in which it has nothing to show. */
export function PanelBody({ plan, context, layout, isFocused = false, onFocus, children }: PanelBodyProps) {
  const { t } = useTranslation("panels");
  const frame = useRef<HTMLElement>(null);
  const plot = useRef<HTMLDivElement>(null);
  const onScreen = useOnScreen(frame);
  const visible = usePageVisible() && onScreen;
  const buckets = isFocused ? Math.max(FOCUSED_BUCKETS, context.buckets) : clamp(context.buckets * (layout?.width ?? 1), 0, MOST_BUCKETS);
  const panel = usePanel({ plan, context, visible, buckets });
  const [outside, setOutside] = useState(0);
  const { settings, lines, shown, drawn, look } = panel;
  const title = useChartTitle(plan);
  const stale = useLiveState() === "disconnected";

  function drawing(): Drawing {
    const size = { width: plot.current?.clientWidth ?? 0, height: plot.current?.clientHeight ?? 0 };
    return { title, lines: drawn, look, window: look.window === undefined ? context.group.shared.window(axisKeyOf(look)) : look.window, ...size };
  }

  const menu = { plan, title, context, settings, drawing, layout, isFocused, onFocus };
  return (
    <article ref={frame} className={styles.panel} data-stale={stale} data-empty={!panel.query.data} aria-busy={panel.query.isFetching}>
      <PanelHead title={title} unit={plan.unit} lines={shown} look={look} stale={stale} outside={outside} unmatched={panel.unmatched} layout={layout}>
        <PanelMenu {...menu} />
      </PanelHead>
      <div className={styles.plot} ref={plot}>
        <Chart
          chart={isFocused ? `focus/${plan.key}` : plan.key}
          label={t("chartLabel", { title })}
          group={context.group}
          lines={drawn}
          look={look}
          visible={visible}
          onZoom={panel.zoomTo}
          onReset={panel.reset}
          onOutside={setOutside}
        />
        <PlotState panel={panel} />
      </div>
      {lines.length > 1 && !context.namesOutside ? (
        <Legend lines={lines} hidden={panel.hidden} theme={look.theme} hint={t("legendHint")} onToggle={panel.toggle} />
      ) : null}
      {children}
    </article>
  );
}
