import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { isNumbered } from "../withheld";
import { ALL, BACKGROUND, numbersByTitle } from "./names";

export interface Naming {
  /** What the page calls a class by the name its series have. */
  readonly ofKey: (key: string) => string;
  /** What the page calls a class by its number. */
  readonly ofNumber: (number: number) => string;
  /** The name that the series of a class have. */
  readonly keyOf: (number: number) => string;
}

/** How classes are called: by their titles, or "class 3" where these stayed on the training's machine. */
export function useNaming(run: Pick<RunDetail, "settings">): Naming {
  const { t } = useTranslation("classes");
  const titles = useMemo(() => new Map([...numbersByTitle(run.settings)].map(([title, number]) => [number, title])), [run.settings]);
  const ofKey = useCallback((key: string) => (isNumbered(key) ? t("numbered", { number: key }) : key), [t]);
  const keyOf = useCallback((number: number) => titles.get(number) ?? String(number), [titles]);
  const ofNumber = useCallback(
    (number: number) => {
      if (number === BACKGROUND) return t("background");
      return number === ALL ? t("all") : ofKey(keyOf(number));
    },
    [t, ofKey, keyOf],
  );
  return useMemo(() => ({ ofKey, ofNumber, keyOf }), [ofKey, ofNumber, keyOf]);
}
