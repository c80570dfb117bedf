import type { SeriesInfo } from "../../api/client";

/** Series of the evaluation of best.pt that frameworks make after the last epoch: one value each, a table and no curve. */
export const FINAL = "final/";

export type FinalValue = SeriesInfo["last"];

/** One line of the table; `name` is null for all classes together, and `suffix` then says whether of masks or poses. */
export interface FinalRow {
  readonly name: string | null;
  readonly suffix: string;
  readonly precision: FinalValue;
  readonly recall: FinalValue;
  readonly map50: FinalValue;
  readonly map: FinalValue;
}

const CLASS = /^final\/class\/(.+)\/[^/]+$/;
const ALL = /^final\/metrics\/(?:precision|recall|mAP50|mAP50-95)(?:_(\w+))?$/;

/** The rows of the final evaluation, all classes first; empty when there was none. */
export function finalRows(series: readonly Pick<SeriesInfo, "name" | "last">[]): FinalRow[] {
  const values = new Map(series.filter(({ name }) => name.startsWith(FINAL)).map(({ name, last }) => [name, last]));
  const of = (name: string) => values.get(FINAL + name) ?? null;
  const names = [...values.keys()];
  const suffixes = new Set(names.filter((name) => ALL.test(name)).map((name) => ALL.exec(name)?.[1] ?? ""));
  const classes = new Set(names.flatMap((name) => CLASS.exec(name)?.[1] ?? []));
  const all = [...suffixes].map((suffix) => {
    const ofAll = (metric: string) => of(`metrics/${metric}${suffix === "" ? "" : `_${suffix}`}`);
    return { name: null, suffix, precision: ofAll("precision"), recall: ofAll("recall"), map50: ofAll("mAP50"), map: ofAll("mAP50-95") };
  });
  const single = [...classes].map((name) => ({
    name,
    suffix: "",
    precision: of(`class/${name}/precision`),
    recall: of(`class/${name}/recall`),
    map50: of(`class/${name}/AP50`),
    map: of(`class/${name}/AP`),
  }));
  return [...all, ...single];
}
