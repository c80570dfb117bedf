import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import type { RunDetail } from "../../api/client";
import type { ChartLook } from "../../charts/scene";
import { useLanguage } from "../../i18n/use-language";
import { X_AXES } from "../../lib/columns";
import type { SeriesShape } from "../../panels/plan";
import { overOf } from "../../panels/settings";
import { againstOf } from "../../panels/use-settings";
import { route } from "./route";
import { useActMarks } from "./use-act-marks";
import { useAttemptMarks } from "./use-attempt-marks";
import { useStages } from "./use-stages";

const NONE: readonly never[] = [];

/** How the charts are drawn at the moment; the same object for as long as nothing of it changes. */
export function useLook(run: RunDetail, smoothing: number, axes: readonly SeriesShape[]): ChartLook {
  const { x, scale, by = "ema", clip = false } = route.useSearch();
  const theme = useComputedColorScheme("light");
  const locale = useLanguage();
  const over = overOf(x);
  const axis = X_AXES.find((one) => one === x) ?? "step"; // points are joined by step
  const attempts = useAttemptMarks(run, axis);
  const [ownStages, acts] = [useStages(run, axis), useActMarks(run, axis)];
  const stages = useMemo(() => [...ownStages, ...acts], [ownStages, acts]);
  return useMemo(
    () => ({
      axis,
      against: over === null ? null : againstOf(over, axes, locale),
      log: scale === "log",
      smoothing,
      smoother: by,
      clip,
      theme,
      locale,
      attempts: over === null ? attempts : NONE,
      stages: over === null ? stages : NONE,
    }),
    [axis, over, axes, scale, smoothing, by, clip, theme, locale, attempts, stages],
  );
}
