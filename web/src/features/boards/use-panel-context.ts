import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { createChartGroup } from "../../charts/group";
import type { AttemptMark, ChartLook } from "../../charts/scene";
import { useLanguage } from "../../i18n/use-language";
import type { Span } from "../../lib/columns";
import type { PanelContext } from "../../panels/ChartPanel";
import { ownWith, settingsByChart } from "../../panels/own";
import { bucketsFor } from "../../panels/plan";
import { Viewport } from "../../series/viewport";
import type { BoardData } from "./use-board-data";
import type { BoardState } from "./state";

const BUCKETS = 400;
const NO_ATTEMPTS: readonly AttemptMark[] = [];
const NO_SUPERSEDED: readonly number[] = [];

function useLook({ x: axis, log, smoothing }: BoardState): ChartLook {
  const theme = useComputedColorScheme("light");
  const locale = useLanguage();
  return useMemo(() => ({ axis, log, smoothing, theme, locale, attempts: NO_ATTEMPTS }), [axis, log, smoothing, theme, locale]);
}

interface ContextAsk {
  readonly window: Span | null;
  readonly onZoom: (window: Span | null) => void;
  readonly onOwn: (own: BoardState["own"]) => void;
}

/** What the charts of a board share. */
export function usePanelContext(state: BoardState, { members, series }: BoardData, { window, onZoom, onOwn }: ContextAsk): PanelContext {
  const look = useLook(state);
  const [viewport] = useState(() => new Viewport());
  const [group] = useState(() => createChartGroup(viewport));
  useEffect(() => viewport.show(look.axis, window), [viewport, look.axis, window]);
  const { own } = state;
  const settings = useMemo(() => settingsByChart(own), [own]);
  return {
    run: null,
    group,
    look,
    window,
    superseded: NO_SUPERSEDED,
    buckets: bucketsFor(BUCKETS, members.length),
    axes: series,
    settings,
    namesOutside: true,
    onZoom,
    onSettings: (chart, next) => onOwn(ownWith(own, chart, next) ?? {}),
  };
}
