import type { RunSummary } from "../../api/client";
import { slotsFor } from "./choice";
import type { Level } from "./levels";
import { shortNames } from "../../panels/names";
import type { CompareSearch } from "./search";

/** One run of the comparison, as every view shows it. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly short: string;
  readonly row: RunSummary;
  /** The place of its colour. */
  readonly color: number;
  readonly isShown: boolean;
  /** Shown by choice, but outside a range of the parallel view. */
  readonly isOutside: boolean;
}

export interface Showing {
  readonly search: CompareSearch;
  /** What colours runs; none for a colour each. */
  readonly levels: readonly Level[] | null;
  readonly isWithin: (run: string) => boolean;
}

/** The runs with their names, colours and whether they are shown, in the order of the address. */
export function membersOf(rows: readonly RunSummary[], { search, levels, isWithin }: Showing): Member[] {
  const runs = search.run ?? rows.map(({ id }) => id);
  const slots = slotsFor(runs, search.slots);
  const shorts = shortNames(rows.map(({ name }) => name));
  return rows.map((row, at) => {
    const own = slots[runs.indexOf(row.id)] ?? at;
    const level = levels?.find((one) => one.runs.includes(row.id));
    const isChosen = !(search.hidden ?? []).includes(row.id);
    const isOutside = isChosen && !isWithin(row.id);
    return { id: row.id, name: row.name, short: shorts[at] ?? row.name, row, color: level?.color ?? own, isShown: isChosen && !isOutside, isOutside };
  });
}
