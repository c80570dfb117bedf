import { useEffect, useMemo } from "react";
import { recall, remember } from "../../../lib/storage";
import { placeOfColumns } from "../first-ask";
import { route, useViewChange } from "../route";
import { isBare } from "../search";
import { columnsFromStorage, columnsFromTexts, defaultColumns, sameColumns, textsFromColumns } from "./layout";
import type { ColumnSpec } from "./specs";

export interface Columns {
  readonly shown: readonly ColumnSpec[];
  readonly isDefault: boolean;
  readonly change: (columns: readonly ColumnSpec[]) => void;
  readonly reset: () => void;
}

/** The columns that are remembered of a project, while the address says nothing of the view. */
export function useRemembered(): readonly ColumnSpec[] | null {
  const search = route.useSearch();
  const bare = isBare(search);
  const { project } = search;
  return useMemo(() => (bare ? columnsFromStorage(recall(placeOfColumns(project))) : null), [bare, project]);
}

/** The columns of the table: those of the address, else those remembered, else ours. What is chosen goes to both. */
export function useColumns(remembered: readonly ColumnSpec[] | null, metrics: readonly string[]): Columns {
  const { project, columns } = route.useSearch();
  const go = useViewChange();
  const usual = useMemo(() => defaultColumns(project === undefined, metrics), [project, metrics]);
  const shown = useMemo(() => (columns ? columnsFromTexts(columns) : (remembered ?? usual)), [columns, remembered, usual]);
  const isDefault = sameColumns(shown, usual);
  useEffect(() => {
    if (remembered) go({ columns: textsFromColumns(remembered) });
    // oxlint-disable-next-line react/exhaustive-deps -- the address follows what is remembered, once
  }, [remembered]);

  const change = (next: readonly ColumnSpec[]) => {
    const same = sameColumns(next, usual);
    remember(placeOfColumns(project), same ? "" : JSON.stringify(textsFromColumns(next)));
    go({ columns: same ? undefined : textsFromColumns(next) });
  };
  return { shown, isDefault, change, reset: () => change(usual) };
}
