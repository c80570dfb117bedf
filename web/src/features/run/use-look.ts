import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import type { ChartLook } from "../../charts/scene";
import { useLanguage } from "../../i18n/use-language";
import { route } from "./route";

/** How the charts are drawn at the moment; the same object for as long as nothing of it changes. */
export function useLook(smoothing: number): ChartLook {
  const { x, scale } = route.useSearch();
  const theme = useComputedColorScheme("light");
  const locale = useLanguage();
  return useMemo(
    () => ({ axis: x ?? "step", log: scale === "log", smoothing, theme, locale }),
    [x, scale, smoothing, theme, locale],
  );
}
