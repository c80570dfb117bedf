import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import type { RunDetail } from "../../api/client";
import type { ChartLook } from "../../charts/scene";
import { useLanguage } from "../../i18n/use-language";
import { route } from "./route";
import { useAttemptMarks } from "./use-attempt-marks";

/** How the charts are drawn at the moment; the same object for as long as nothing of it changes. */
export function useLook(run: RunDetail, smoothing: number): ChartLook {
  const { x: axis = "step", scale } = route.useSearch();
  const theme = useComputedColorScheme("light");
  const locale = useLanguage();
  const attempts = useAttemptMarks(run, axis);
  return useMemo(
    () => ({ axis, log: scale === "log", smoothing, theme, locale, attempts }),
    [axis, scale, smoothing, theme, locale, attempts],
  );
}
