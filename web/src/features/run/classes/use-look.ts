import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import type { RunDetail } from "../../../api/client";
import { createChartGroup } from "../../../charts/group";
import type { ChartTheme } from "../../../charts/palette";
import { useLanguage } from "../../../i18n/use-language";
import type { Span } from "../../../lib/columns";
import type { PanelContext } from "../../../panels/ChartPanel";
import { Viewport } from "../../../series/viewport";
import { useAttemptMarks } from "../use-attempt-marks";

export function useTheme(): ChartTheme {
  return useComputedColorScheme("light");
}

const BUCKETS = 400;
const NONE: readonly number[] = [];

/** How the line charts of this tab look: over epochs, with a zoom of their own. */
export function useEpochContext(run: RunDetail): PanelContext {
  const theme = useTheme();
  const locale = useLanguage();
  const attempts = useAttemptMarks(run, "epoch");
  const [viewport] = useState(() => new Viewport());
  const [group] = useState(() => createChartGroup(viewport));
  const [window, setWindow] = useState<Span | null>(null);
  useEffect(() => viewport.show("epoch", window), [viewport, window]);
  const look = useMemo(() => ({ axis: "epoch" as const, log: false, smoothing: 0, theme, locale, attempts }), [theme, locale, attempts]);
  return useMemo(() => ({ run: run.id, group, look, window, buckets: BUCKETS, superseded: NONE, onZoom: setWindow }), [run.id, group, look, window]);
}
