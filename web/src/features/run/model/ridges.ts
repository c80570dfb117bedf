import type { RidgeInput } from "../../../charts/options/ridge";
import { evenEdges, rangeOf, rebinned, scaleOf, type Range, type Scale, type Slice } from "../../../items/histograms";
import { formatNumber } from "../../../lib/format";

const BINS = 64;

/** What all pictures of a quantity have in common. */
export interface RidgeLook {
  readonly log: boolean;
  readonly isStretched: boolean;
  /** Whether all layer groups lie on one axis and have one greatest share. */
  readonly isShared: boolean;
  readonly theme: RidgeInput["theme"];
  readonly locale: string;
}

interface Binned {
  readonly slices: readonly Slice[];
  readonly shares: readonly (readonly number[])[];
  readonly range: Range;
  readonly scale: Scale;
}

/** Shares rather than counts: what is looked at of an activation differs in number. */
function sharesOf(slice: Slice, edges: readonly number[]): readonly number[] {
  const counts = rebinned(slice, edges);
  const total = counts.reduce((sum, one) => sum + one, 0);
  return total > 0 ? counts.map((one) => one / total) : counts;
}

function binned(slices: readonly Slice[], range: Range, scale: Scale): Binned {
  const edges = evenEdges(range, BINS, scale);
  return { slices, range, scale, shares: slices.map((slice) => sharesOf(slice, edges)) };
}

const mostOf = (some: readonly Binned[]) => some.flatMap(({ shares }) => shares.flat()).reduce((most, one) => Math.max(most, one), 0);

function inputOf(one: Binned, most: number, look: RidgeLook, said: (slice: Slice) => string): RidgeInput {
  const { range, scale } = one;
  return {
    rows: one.slices.map((slice, at) => ({ epoch: String(slice.epoch), shares: one.shares[at] ?? [], said: said(slice) })),
    range: [scale.place(range[0]), scale.place(range[1])],
    tick: (place) => formatNumber(Number(scale.value(place).toPrecision(2)), look.locale),
    most,
    log: look.log,
    theme: look.theme,
  };
}

/** What the pictures of some layer groups hold, in their order. */
export function ridgesOf(groups: readonly (readonly Slice[])[], look: RidgeLook, said: (slice: Slice) => string): readonly RidgeInput[] {
  const all = groups.flat();
  const made = groups.map((slices) => {
    const whole = look.isShared ? all : slices;
    return binned(slices, rangeOf(whole), scaleOf(whole, look.isStretched));
  });
  const most = mostOf(made);
  return made.map((one) => inputOf(one, look.isShared ? most : mostOf([one]), look, said));
}
