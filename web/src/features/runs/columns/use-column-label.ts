import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { functionOf } from "../list/terms";
import { isField } from "../list/values";
import { sparkSeries } from "./specs";

const SECTION = /^(config|settings|provenance)\./;

function shortName(name: string): string {
  return name.replace(/^metrics\//, "").replace(/^class\/(.+)\/([^/]+)$/, "$2 · $1");
}

/** What stands over a column: words of ours for fields, else the name without what all its kind share. */
export function useColumnLabel(): (id: string) => string {
  const { t } = useTranslation("runs");
  return useCallback(
    (id) => {
      if (id === "progress" || isField(id)) return t(`columns.${id}`);
      const series = sparkSeries(id);
      if (series !== null) return t("columns.spark", { name: shortName(series) });
      const { of, name } = functionOf(id);
      if (of === "best" || of === "min" || of === "max" || of === "last" || of === "count") return t(`columns.${of}`, { name: shortName(name) });
      return shortName(name.replace(SECTION, ""));
    },
    [t],
  );
}
