import type { Histogram, MediaItem } from "../../../../api/client";
import { byClass, numbersOf, tableOf, valuesOf } from "../columns";

export const SPLITS = ["train", "val"] as const;
export type Split = (typeof SPLITS)[number];

export const HISTOGRAMS = ["width", "height", "aspect", "crowding"] as const;
export type HistogramName = (typeof HISTOGRAMS)[number];

/** What is known of the labels of one set. */
export interface Labels {
  readonly images: number | null;
  readonly withoutLabels: number | null;
  readonly instances: number | null;
  /** Instances below 32² pixels at the training's size, and those from 96² on; null where sizes are not known. */
  readonly small: number | null;
  readonly large: number | null;
  readonly byClass: ReadonlyMap<number, number>;
}

const finite = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);

export function labelsOf(newest: ReadonlyMap<string, MediaItem>, split: Split): Labels {
  const images = tableOf(newest.get(`labels/${split}/images`)?.data);
  const of = (name: string) => finite(numbersOf(images, name)[0]);
  const classes = byClass(tableOf(newest.get(`labels/${split}/classes`)?.data), "instances");
  const known = [...classes.values()].reduce((sum, count) => sum + count, 0);
  return { images: of("images"), withoutLabels: of("without_labels"), instances: of("instances") ?? (classes.size > 0 ? known : null), small: of("small"), large: of("large"), byClass: classes };
}

export interface Bar {
  readonly number: number;
  readonly train: number;
  readonly val: number;
}

/** The classes with their instances, most in the training first. */
export function bars(train: Labels, val: Labels): Bar[] {
  const numbers = [...new Set([...train.byClass.keys(), ...val.byClass.keys()])];
  const found = numbers.map((number) => ({ number, train: train.byClass.get(number) ?? 0, val: val.byClass.get(number) ?? 0 }));
  return found.toSorted((a, b) => b.train - a.train || b.val - a.val);
}

/** What stands out, each with its numbers. */
export type Fact =
  | { readonly kind: "imbalance"; readonly most: number; readonly mostCount: number; readonly least: number; readonly leastCount: number; readonly ratio: number }
  | { readonly kind: "never"; readonly split: Split; readonly numbers: readonly number[] }
  | { readonly kind: "small"; readonly split: Split; readonly count: number; readonly of: number }
  | { readonly kind: "unlabelled"; readonly split: Split; readonly count: number; readonly of: number }
  | { readonly kind: "shift"; readonly number: number; readonly train: number; readonly val: number };

const IMBALANCE_LEAST = 10;
const SMALL_LEAST = 0.3;
const UNLABELLED_LEAST = 0.05;
const SHIFT_LEAST = 2.5;
const SHIFT_SHARE = 0.02;

function imbalance(all: readonly Bar[]): Fact[] {
  const there = all.filter(({ train }) => train > 0);
  const [most, least] = [there[0], there.at(-1)];
  if (!most || !least || most.train / least.train < IMBALANCE_LEAST) return [];
  return [{ kind: "imbalance", most: most.number, mostCount: most.train, least: least.number, leastCount: least.train, ratio: most.train / least.train }];
}

function never(all: readonly Bar[], split: Split, labels: Labels): Fact[] {
  const numbers = labels.byClass.size > 0 ? all.filter((bar) => bar[split] === 0).map(({ number }) => number) : [];
  return numbers.length > 0 ? [{ kind: "never", split, numbers }] : [];
}

/** A class whose share of one set is far from that of the other. */
function shift(all: readonly Bar[], train: Labels, val: Labels): Fact[] {
  const [trains, vals] = [train.instances ?? 0, val.instances ?? 0];
  if (trains === 0 || vals === 0) return [];
  const shares = all.filter((bar) => bar.train > 0 && bar.val > 0).map(({ number, train: one, val: other }) => ({ number, train: one / trains, val: other / vals }));
  const far = shares.map((one) => ({ ...one, by: Math.max(one.train / one.val, one.val / one.train) })).toSorted((a, b) => b.by - a.by)[0];
  if (!far || far.by < SHIFT_LEAST || Math.max(far.train, far.val) < SHIFT_SHARE) return [];
  return [{ kind: "shift", number: far.number, train: far.train, val: far.val }];
}

function sizes(labels: Labels, split: Split): Fact[] {
  const { small, instances } = labels;
  return small !== null && instances && small / instances >= SMALL_LEAST ? [{ kind: "small", split, count: small, of: instances }] : [];
}

function unlabelled({ withoutLabels, images }: Labels, split: Split): Fact[] {
  return withoutLabels !== null && images && withoutLabels / images >= UNLABELLED_LEAST ? [{ kind: "unlabelled", split, count: withoutLabels, of: images }] : [];
}

export function facts(train: Labels, val: Labels): Fact[] {
  const all = bars(train, val);
  const sized = sizes(train, "train");
  return [
    ...imbalance(all),
    ...never(all, "train", train),
    ...never(all, "val", val),
    ...shift(all, train, val),
    ...(sized.length > 0 ? sized : sizes(val, "val")),
    ...unlabelled(train, "train"),
    ...unlabelled(val, "val"),
  ];
}

export interface Bins {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** From where to where a bin of a histogram goes; null beyond its bins. */
export function rangeAt(histogram: Pick<Histogram, "edges">, bin: number): readonly [number, number] | null {
  const [from, to] = valuesOf(histogram.edges).slice(bin, bin + 2);
  return from === undefined || to === undefined ? null : [from, to];
}

export const binsOf = (histogram: Histogram): Bins => ({ edges: valuesOf(histogram.edges), counts: valuesOf(histogram.counts) });
