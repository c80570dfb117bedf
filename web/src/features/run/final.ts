import type { SeriesInfo } from "../../api/client";

/** Series of the evaluation of best.pt that frameworks make after the last epoch: one value each, a table and no curve. */
export const FINAL = "final/";

export type FinalValue = SeriesInfo["last"];

/** One line of the table; `name` is null for all classes together. */
export interface FinalRow {
  readonly name: string | null;
  readonly precision: FinalValue;
  readonly recall: FinalValue;
  readonly map50: FinalValue;
  readonly map: FinalValue;
}

const CLASS = /^final\/class\/(.+)\/[^/]+$/;

/** The rows of the final evaluation, all classes first; empty when there was none. */
export function finalRows(series: readonly Pick<SeriesInfo, "name" | "last">[]): FinalRow[] {
  const values = new Map(series.filter(({ name }) => name.startsWith(FINAL)).map(({ name, last }) => [name, last]));
  if (values.size === 0) return [];
  const of = (name: string) => values.get(FINAL + name) ?? null;
  const classes = new Set([...values.keys()].flatMap((name) => CLASS.exec(name)?.[1] ?? []));
  const all = {
    name: null,
    precision: of("metrics/precision"),
    recall: of("metrics/recall"),
    map50: of("metrics/mAP50"),
    map: of("metrics/mAP50-95"),
  };
  const single = [...classes].map((name) => ({
    name,
    precision: of(`class/${name}/precision`),
    recall: of(`class/${name}/recall`),
    map50: of(`class/${name}/AP50`),
    map: of(`class/${name}/AP`),
  }));
  return [all, ...single];
}
