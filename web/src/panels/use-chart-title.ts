import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../i18n/use-language";
import type { ChartPlan } from "./plan";

/** Tells the titles of charts in the current language. */
export function useTitles(): (plan: Pick<ChartPlan, "title">) => string {
  const { t } = useTranslation("run");
  const language = useLanguage();
  return useMemo(
    () =>
      ({ title }) => {
        switch (title.kind) {
          case "named":
            return t(`charts.${title.name}`) + (title.suffix === "" ? "" : ` (${title.suffix})`);
          case "class":
            if (title.metric === "precision") return t("charts.classPrecision");
            if (title.metric === "recall") return t("charts.classRecall");
            return t("charts.classMetric", { metric: title.metric });
          case "text":
            return title.text[language];
        }
      },
    [t, language],
  );
}

/** A chart's title in the current language. */
export function useChartTitle(plan: ChartPlan): string {
  return useTitles()(plan);
}
