import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { useNow } from "../../../ui/use-now";
import type { Look } from "../cells/look";
import { isNumeric } from "../columns/kinds";
import type { ColumnSpec } from "../columns/specs";
import { valueOf } from "../list/values";

const CLOCK_MS = 20_000;
const SAMPLED = 200;

/** Which columns hold numbers, told by the first rows that have a value. */
function useNumeric(columns: readonly ColumnSpec[], runs: readonly RunSummary[]): ReadonlySet<string> {
  const key = useMemo(() => {
    const sampled = runs.slice(0, SAMPLED);
    const sample = (id: string) => sampled.map((run) => valueOf(run, id)).find((value) => value !== null);
    return JSON.stringify(columns.map(({ id }) => id).filter((id) => isNumeric(id, sample(id))));
  }, [columns, runs]);
  return useMemo(() => {
    const names: string[] = JSON.parse(key);
    return new Set(names);
  }, [key]);
}

/** What rows are drawn with; the same object until one of its parts changes. */
export function useLook(columns: readonly ColumnSpec[], runs: readonly RunSummary[]): Look {
  const { t } = useTranslation(["runs", "states"]);
  const language = useLanguage();
  const now = useNow(CLOCK_MS);
  const numeric = useNumeric(columns, runs);
  return useMemo(() => ({ columns, pinned: columns.filter(({ pinned }) => pinned).length, numeric, t, language, now }), [columns, numeric, t, language, now]);
}
