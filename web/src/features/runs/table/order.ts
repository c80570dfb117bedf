import type { Wanted } from "../list/terms";

const MOST = 5; // the API takes no more

interface Click {
  readonly term: string;
  /** Whether the greatest value comes first at the first click. */
  readonly falling: boolean;
  /** Whether the other columns keep their part in the order. */
  readonly add: boolean;
}

/** The order after a click on a head: its better end first, then the other one, then as if never sorted. */
export function nextOrder(order: readonly Wanted[], { term, falling, add }: Click): readonly Wanted[] {
  const own = order.find((one) => one.term === term);
  const next: Wanted[] = own?.descending === !falling ? [] : [{ term, descending: own ? !falling : falling }];
  if (!add) return next;
  const place = order.findIndex((one) => one.term === term);
  return place < 0 ? [...order, ...next].slice(-MOST) : order.toSpliced(place, 1, ...next);
}
