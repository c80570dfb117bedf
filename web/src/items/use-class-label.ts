import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/** What a class is called: its title, else its number; background and all classes together have names of their own. */
export function useClassLabel(): (kind: number, title: string | null | undefined) => string {
  const { t } = useTranslation("items");
  return useCallback(
    (kind, title) => {
      if (kind === -1) return t("background");
      if (kind === -2) return t("allClasses");
      return title ?? t("class", { number: kind });
    },
    [t],
  );
}
