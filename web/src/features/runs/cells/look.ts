import type { TFunction } from "i18next";
import type { Laid } from "../columns/layout";

/** What all rows are drawn with; one object, so that a row is drawn anew only when its run or this changes. */
export interface Look {
  readonly columns: readonly Pick<Laid, "id">[];
  /** How many of the columns stay while the others move. */
  readonly pinned: number;
  readonly numeric: ReadonlySet<string>;
  readonly t: TFunction<readonly ["runs", "states"]>;
  readonly language: string;
  readonly now: number;
}
