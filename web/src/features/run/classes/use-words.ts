import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../../i18n/use-language";
import { formatMetric, formatNumber, formatX } from "../../../lib/format";
import type { Why } from "./ap/why";
import type { Mix } from "./confusion/derive";
import { BACKGROUND } from "./names";
import type { Naming } from "./use-name";

const THREE = 1000;

/** Three decimals of a share: what tells classes apart. */
export function rounded(value: number): number {
  return Math.round(value * THREE) / THREE;
}

export interface Words {
  readonly number: (value: number | null) => string;
  /** With as many decimals each, so that a column lines up. */
  readonly metric: (value: number | null) => string;
  readonly percent: (part: number, whole: number) => string;
  readonly epoch: (value: number) => string;
}

export function useNumbers(): Words {
  const language = useLanguage();
  const number = useCallback((value: number | null) => formatNumber(value === null || Number.isNaN(value) ? null : rounded(value), language), [language]);
  const metric = useCallback((value: number | null) => formatMetric(value === null || Number.isNaN(value) ? null : value, language), [language]);
  const percent = useCallback((part: number, whole: number) => `${formatNumber(whole > 0 ? Math.round((1000 * part) / whole) / 10 : null, language)}%`, [language]);
  const epoch = useCallback((value: number) => formatX(value, "epoch", language), [language]);
  return { number, metric, percent, epoch };
}

/** "划痕 taken for 凹坑: 12 of 80 (15%)". */
export function useMixWords(naming: Naming): (mix: Mix) => string {
  const { t } = useTranslation("classes");
  const { number, percent } = useNumbers();
  return useCallback(
    (mix: Mix) => {
      const counts = { count: number(mix.count), of: number(mix.of), percent: percent(mix.count, mix.of) };
      const names = { predicted: naming.ofNumber(mix.predicted), actual: naming.ofNumber(mix.true) };
      if (mix.predicted === mix.true) return mix.true === BACKGROUND ? t("mix.nothing") : t("mix.right", { ...counts, ...names });
      if (mix.predicted === BACKGROUND) return t("mix.missed", { ...counts, ...names });
      return t(mix.true === BACKGROUND ? "mix.invented" : "mix.taken", { ...counts, ...names });
    },
    [t, number, percent, naming],
  );
}

/** A reason in words. */
export function useWhyWords(naming: Naming): (why: Why) => string {
  const { t } = useTranslation("classes");
  const { number, percent, epoch } = useNumbers();
  return useCallback(
    (why: Why) => {
      switch (why.kind) {
        case "fall":
          return t("why.fall", { from: number(why.from), fromEpoch: epoch(why.fromEpoch), since: epoch(why.since) });
        case "few":
          return t("why.few", { count: why.count, median: number(Math.round(why.median)) });
        case "taken":
          return t("why.taken", { name: naming.ofNumber(why.number), count: number(why.count), of: number(why.of) });
        case "missed":
          return t("why.missed", { count: number(why.count), of: number(why.of), percent: percent(why.count, why.of) });
      }
    },
    [t, number, percent, epoch, naming],
  );
}
