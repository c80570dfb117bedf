import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { reasonFrom } from "./reasons";

/** Says why a run ended in the reader's language. */
export function useReason(): (text: string) => string {
  const { t } = useTranslation("run");
  return useCallback(
    (text) => {
      const reason = reasonFrom(text);
      if (!reason) return text;
      if (reason.kind === "exitCode") return t("exitCode", { code: reason.code });
      if (reason.kind === "killed") return t("reasons.killed", { signal: reason.signal });
      if (reason.kind === "patience") return t("reasons.patience", { count: reason.count });
      return t(`reasons.${reason.kind}`);
    },
    [t],
  );
}
