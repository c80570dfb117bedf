import { useTranslation } from "react-i18next";
import type { Localised } from "../../../panels/plan";
import { useLanguage } from "../../../i18n/use-language";

/** Chooses the reader's language of a text that the server tells in both. */
export function useTold(): (text: Localised) => string {
  const language = useLanguage();
  return (text) => (language === "zh" ? text.zh : text.en);
}

/** Where something happened, as people say it: "since epoch 12". */
export function useSince(): (epoch: number | null) => string {
  const { t } = useTranslation("diagnosis");
  return (epoch) => (epoch === null || epoch <= 0 ? t("card.sinceStart") : t("card.since", { epoch: Math.round(epoch) }));
}
