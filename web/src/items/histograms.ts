import type { Histogram, MediaItem } from "../api/client";
import { numberFromWire } from "../lib/numbers";
import { epochOf } from "./epochs";

/** The values of one layer group at one epoch, counted. */
export interface Slice {
  readonly epoch: number;
  /** One more than counts, ascending. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly total: number;
  /** Values that are no numbers, or infinite. */
  readonly broken: number;
  readonly mean: number | null;
  readonly deviation: number | null;
}

const finite = (values: readonly (number | string)[]) => values.map(Number);

/** Mean and deviation as the bins tell them: who counts where the tensors are sends no others. Null of an empty histogram. */
function momentsOf(edges: readonly number[], counts: readonly number[]): Pick<Slice, "mean" | "deviation"> {
  const total = counts.reduce((sum, one) => sum + one, 0);
  if (total === 0) return { mean: null, deviation: null };
  const middle = (bin: number) => ((edges[bin] ?? 0) + (edges[bin + 1] ?? 0)) / 2;
  const mean = counts.reduce((sum, one, bin) => sum + one * middle(bin), 0) / total;
  const variance = counts.reduce((sum, one, bin) => sum + one * (middle(bin) - mean) ** 2, 0) / total;
  return { mean, deviation: counts.filter((one) => one > 0).length === 1 ? 0 : Math.sqrt(variance) };
}

/** Where all values are one, the bin around it says nothing: it is as wide as whoever counted liked. */
function binsFrom(data: Histogram): Pick<Slice, "edges" | "counts" | "mean" | "deviation"> {
  const [edges, counts] = [finite(data.edges), finite(data.counts)];
  const guessed = momentsOf(edges, counts);
  const mean = numberFromWire(data.mean) ?? guessed.mean;
  const deviation = numberFromWire(data.deviation) ?? guessed.deviation;
  return deviation === 0 && mean !== null ? { edges: [mean, mean], counts: [data.total], mean, deviation } : { edges, counts, mean, deviation };
}

/** The histograms of one name, oldest first; of an epoch that was looked at twice the later one. */
export function slicesFrom(items: readonly MediaItem[]): readonly Slice[] {
  const found = new Map<number, Slice>();
  for (const item of items) {
    const { data } = item;
    if (data?.type !== "histogram") continue;
    const epoch = epochOf(item) ?? 0;
    found.set(epoch, {
      epoch,
      ...binsFrom(data),
      total: data.total,
      broken: data.nan + data.inf,
    });
  }
  return [...found.values()].toSorted((a, b) => a.epoch - b.epoch);
}

export type Range = readonly [number, number];

/** The least and greatest edge of all. */
export function rangeOf(slices: readonly Slice[]): Range {
  const ends = slices.flatMap(({ edges }) => [edges[0] ?? 0, edges.at(-1) ?? 0]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return ends.length > 0 && low < high ? [low, high] : [low - 1 || -1, high + 1 || 1];
}

/** The counts of a histogram between other edges: what a bin holds is spread evenly over it. */
export function rebinned({ edges, counts }: Pick<Slice, "edges" | "counts">, wanted: readonly number[]): readonly number[] {
  const found = Array.from({ length: Math.max(0, wanted.length - 1) }, () => 0);
  let at = 0;
  counts.forEach((count, bin) => {
    const [low, high] = [edges[bin] ?? 0, edges[bin + 1] ?? 0];
    if (count === 0) return;
    while (at > 0 && (wanted[at] ?? 0) > low) at -= 1;
    while (at < found.length - 1 && (wanted[at + 1] ?? Infinity) <= low) at += 1;
    if (high === low) {
      found[at] = (found[at] ?? 0) + count;
      return;
    }
    for (let to = at; to < found.length && (wanted[to] ?? Infinity) < high; to += 1) {
      const shared = Math.min(high, wanted[to + 1] ?? high) - Math.max(low, wanted[to] ?? low);
      if (shared > 0) found[to] = (found[to] ?? 0) + (count * shared) / (high - low);
    }
  });
  return found;
}

/** How values lie along an axis: as they are, or stretched around zero so that tiny and huge ones are both seen. */
export interface Scale {
  readonly place: (value: number) => number;
  readonly value: (place: number) => number;
}

const LINEAR: Scale = { place: (value) => value, value: (place) => place };

function stretched(unit: number): Scale {
  return { place: (value) => Math.asinh(value / unit), value: (place) => unit * Math.sinh(place) };
}

/** A stretched scale has its unit at the spread of the narrowest histogram that has any. */
export function scaleOf(slices: readonly Slice[], isStretched: boolean): Scale {
  const spreads = slices.map(({ deviation }) => deviation ?? 0).filter((one) => one > 0);
  return isStretched && spreads.length > 0 ? stretched(Math.min(...spreads)) : LINEAR;
}

/** Edges that are even on the scale. */
export function evenEdges([low, high]: Range, bins: number, scale: Scale): readonly number[] {
  const [from, to] = [scale.place(low), scale.place(high)];
  return Array.from({ length: bins + 1 }, (_, at) => (at === bins ? high : at === 0 ? low : scale.value(from + ((to - from) * at) / bins)));
}

/** What is wrong with a layer group, with the epoch since when and the number that says so. */
export interface Trouble {
  readonly kind: "broken" | "dead" | "sleeping" | "exploding" | "vanishing";
  readonly epoch: number;
  /** Broken values, the share at zero, or how many times the spread of the first epoch. */
  readonly value: number;
}

const EXPLODES = 100; // times the spread at first; a healthy layer stays within ten
const VANISHES = 1 / 1000;
const SLEEPS = 0.95; // of the activations in the bin that holds zero

function shareAtZero({ edges, counts }: Slice): number {
  const total = counts.reduce((sum, one) => sum + one, 0);
  const at = counts.findIndex((_, bin) => (edges[bin] ?? 0) <= 0 && (edges[bin + 1] ?? 0) > 0);
  return total > 0 && at >= 0 ? (counts[at] ?? 0) / total : 0;
}

function troubleAt(slice: Slice, first: number, isActivation: boolean): Omit<Trouble, "epoch"> | null {
  if (slice.broken > 0) return { kind: "broken", value: slice.broken };
  if (slice.deviation === null) return null;
  const spread = slice.deviation;
  if (spread === 0) return { kind: "dead", value: 1 };
  if (isActivation && shareAtZero(slice) >= SLEEPS) return { kind: "sleeping", value: shareAtZero(slice) };
  if (first > 0 && spread / first >= EXPLODES) return { kind: "exploding", value: spread / first };
  if (first > 0 && spread / first <= VANISHES) return { kind: "vanishing", value: spread / first };
  return null;
}

/** What is wrong with the newest histogram, and since which epoch it has been; null if nothing is. */
export function troubleOf(slices: readonly Slice[], isActivation: boolean): Trouble | null {
  const first = slices.find(({ deviation }) => (deviation ?? 0) > 0)?.deviation ?? 0;
  const found = slices.map((slice) => ({ epoch: slice.epoch, trouble: troubleAt(slice, first, isActivation) }));
  const last = found.at(-1)?.trouble;
  if (!last) return null;
  const before = found.findLastIndex(({ trouble }) => trouble?.kind !== last.kind);
  return { ...last, epoch: found[before + 1]?.epoch ?? 0 };
}
