import { useCallback, useEffect, useMemo, useState } from "react";
import type { RunDetail } from "../../api/client";
import { createChartGroup } from "../../charts/group";
import { axisKeyOf } from "../../charts/scene";
import type { Span } from "../../lib/columns";
import type { PanelContext } from "../../panels/ChartPanel";
import { linkOfChart } from "../../panels/link";
import { ownWith, settingsByChart } from "../../panels/own";
import type { SeriesShape } from "../../panels/plan";
import type { ChartSettings } from "../../panels/settings";
import type { Viewport } from "../../series/viewport";
import { offWith } from "./chart-search";
import { linkOf } from "./link";
import { route, useViewChange, zoomedTo } from "./route";
import { windowOf } from "./search";
import { useFlags } from "./use-flags";
import { useLook } from "./use-look";

const NO_ATTEMPTS: readonly number[] = [];
const NONE_OFF: NonNullable<PanelContext["hidden"]> = {};

/** The attempts of which later ones may have superseded points, if those are to be shown. */
function useSupersededAttempts(run: RunDetail): readonly number[] {
  const { superseded = false } = route.useSearch();
  const newest = run.attempt;
  return useMemo(() => (superseded ? Array.from({ length: Math.max(0, newest - 1) }, (_, at) => at + 1) : NO_ATTEMPTS), [superseded, newest]);
}

const chartLink = (chart: string): string => linkOf(linkOfChart(chart));

function useWindow(): Span | null {
  const [from, to] = windowOf(route.useSearch()) ?? [];
  return useMemo(() => (from === undefined || to === undefined ? null : ([from, to] as const)), [from, to]);
}

/** What the charts of a run share, all of it in the address. The same object for as long as nothing of it changes. */
export function usePanelContext(run: RunDetail, axes: readonly SeriesShape[], view: { viewport: Viewport; buckets: number; smoothing: number }): PanelContext {
  const { viewport, buckets } = view;
  const navigate = route.useNavigate();
  const change = useViewChange();
  const { own, off, flags: choice = "problems" } = route.useSearch();
  const look = useLook(run, view.smoothing, axes);
  const superseded = useSupersededAttempts(run);
  const zoomed = useWindow();
  const [group] = useState(() => createChartGroup(viewport));
  const settings = useMemo(() => settingsByChart(own), [own]);
  const axis = axisKeyOf(look);
  const flags = useFlags(run, look.axis, choice);
  useEffect(() => viewport.show(axis, zoomed), [viewport, axis, zoomed]);
  const onZoom = useCallback((next: Span | null) => change(zoomedTo(next)), [change]);
  const onFocus = useCallback((chart: string | null) => change({ chart: chart ?? undefined }), [change]);
  const onSettings = useCallback(
    (chart: string, next: ChartSettings) =>
      void navigate({ search: (now) => ({ ...now, own: ownWith(now.own, chart, next) }), replace: true, resetScroll: false }),
    [navigate],
  );
  const onHidden = useCallback(
    (chart: string, lines: readonly string[]) => void navigate({ search: (now) => ({ ...now, off: offWith(now, chart, lines) }), replace: true, resetScroll: false }),
    [navigate],
  );
  return useMemo(
    () => ({ run: run.id, group, look, window: zoomed, superseded, buckets, axes, flags, settings, hidden: off ?? NONE_OFF, onZoom, onFocus, onSettings, onHidden, linkOf: chartLink }),
    [run.id, group, look, zoomed, superseded, buckets, axes, flags, settings, off, onZoom, onFocus, onSettings, onHidden],
  );
}
