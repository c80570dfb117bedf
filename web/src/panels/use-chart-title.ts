import { useTranslation } from "react-i18next";
import { useLanguage } from "../i18n/use-language";
import type { ChartPlan } from "./plan";

/** A chart's title in the current language. */
export function useChartTitle({ title }: ChartPlan): string {
  const { t } = useTranslation("run");
  const language = useLanguage();
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
}
