import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { ConsoleRow } from "./rows";

export type Words = (row: Exclude<ConsoleRow, { kind: "line" }>) => string;

/** What a row says that is no printed line. */
export function useWords(): Words {
  const { t } = useTranslation("run");
  return useCallback(
    (row) => (row.kind === "attempt" ? t("console.attempt", { number: row.attempt }) : t(`console.${row.kind}`, { count: row.count })),
    [t],
  );
}
