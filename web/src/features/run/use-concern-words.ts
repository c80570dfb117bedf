import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../i18n/use-language";
import { formatDuration } from "../../lib/format";
import { roughly } from "../../machines/derive";
import type { Concern } from "./health";

export interface ConcernWords {
  readonly title: string;
  readonly what: string;
}

/** Says a concern, and what can be done about it, in the reader's language. */
export function useConcernWords(): (concern: Concern) => ConcernWords {
  const { t } = useTranslation("overview");
  const language = useLanguage();
  return useCallback(
    ({ id, numbers, texts }) => {
      const span = formatDuration(roughly(numbers.seconds ?? 0) ?? 60, language);
      const values = { ...numbers, ...texts, span, count: numbers.count ?? 0 };
      return { title: t(`concerns.${id}.title`, values), what: t(`concerns.${id}.what`, values) };
    },
    [t, language],
  );
}
