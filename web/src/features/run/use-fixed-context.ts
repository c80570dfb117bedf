import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import type { RunDetail } from "../../api/client";
import { createChartGroup } from "../../charts/group";
import type { StageMark } from "../../charts/scene";
import { useLanguage } from "../../i18n/use-language";
import type { Span, XAxis } from "../../lib/columns";
import type { PanelContext } from "../../panels/ChartPanel";
import { Viewport } from "../../series/viewport";
import { useAttemptMarks } from "./use-attempt-marks";

const NO_ATTEMPTS: readonly number[] = [];
const NO_STAGES: readonly StageMark[] = [];

interface Fixed {
  readonly axis: XAxis;
  readonly buckets: number;
  readonly stages?: readonly StageMark[];
  /** A stretch to look at. */
  readonly shaded?: Span | null;
}

/** Charts of a run without controls: one axis for all, a window and a cursor that they share, none of it in the address. */
export function useFixedContext(run: RunDetail, { axis, buckets, stages = NO_STAGES, shaded = null }: Fixed): PanelContext {
  const [viewport] = useState(() => new Viewport());
  const [group] = useState(() => createChartGroup(viewport));
  const [window, onZoom] = useState<Span | null>(null);
  const theme = useComputedColorScheme("light");
  const locale = useLanguage();
  const attempts = useAttemptMarks(run, axis);
  const look = useMemo(() => ({ axis, log: false, smoothing: 0, theme, locale, attempts, stages, shaded }), [axis, theme, locale, attempts, stages, shaded]);
  useEffect(() => viewport.show(axis, window), [viewport, axis, window]);
  return { run: run.id, group, look, window, superseded: NO_ATTEMPTS, buckets, onZoom };
}
