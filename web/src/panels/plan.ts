import type { SeriesInfo } from "../api/client";

/** What decides where a series is shown. */
export type SeriesShape = Pick<SeriesInfo, "name" | "family" | "unit" | "title">;

export interface Localised {
  readonly en: string;
  readonly zh: string;
}

/** Titles that belong to no single series; the words are in the translations. */
export type NamedTitle =
  | "trainLosses"
  | "map"
  | "precisionRecall"
  | "lr"
  | "gradGroups"
  | "updateRatio"
  | "weightNorms"
  | "batchTime"
  | "imageTime"
  | "overhead"
  | "recallBySize"
  | "errors"
  | "lossWeights"
  | "augmentations"
  | "diskSpace"
  | "diskTraffic"
  | "networkTraffic"
  | "slowedDown";

export type ChartTitle =
  | { readonly kind: "named"; readonly name: NamedTitle; readonly suffix: string }
  | { readonly kind: "class"; readonly metric: string }
  | { readonly kind: "text"; readonly text: Localised };

export interface PlannedLine {
  /** The run whose series it is; null for the only run of the page. */
  readonly run: string | null;
  readonly name: string;
  readonly label: Localised;
  readonly unit: string;
  readonly color: number;
  readonly dashed: boolean;
  /** A noisy line that another one sums up: drawn thin and pale. */
  readonly faint: boolean;
}

export interface ChartPlan {
  readonly key: string;
  readonly title: ChartTitle;
  readonly unit: string;
  readonly lines: readonly PlannedLine[];
}

export const same = (text: string): Localised => ({ en: text, zh: text });
export const named = (name: NamedTitle, suffix = ""): ChartTitle => ({ kind: "named", name, suffix });
export const text = (title: Localised): ChartTitle => ({ kind: "text", text: title });

export function line(info: SeriesShape, color: number, more: Partial<PlannedLine> = {}): PlannedLine {
  return { run: null, name: info.name, label: info.title, unit: info.unit, color, dashed: false, faint: false, ...more };
}

export function chart(key: string, title: ChartTitle, lines: readonly PlannedLine[]): ChartPlan {
  return { key, title, unit: lines[0]?.unit ?? "", lines };
}

/** What one series shows alone is called by its own name. */
export const titled = (members: readonly SeriesShape[], title: ChartTitle): ChartTitle => {
  const [first] = members;
  return members.length === 1 && first ? text(first.title) : title;
};

export const alone = (info: SeriesShape): ChartPlan => chart(info.name, text(info.title), [line(info, 0)]);

export function groupBy(infos: readonly SeriesShape[], keyOf: (info: SeriesShape) => string): Map<string, SeriesShape[]> {
  const groups = new Map<string, SeriesShape[]>();
  for (const info of infos) groups.set(keyOf(info), [...(groups.get(keyOf(info)) ?? []), info]);
  return groups;
}

/** Puts series that match into charts by the key made of them; the others get a chart each, after those. */
export function grouped(
  infos: readonly SeriesShape[],
  keyOf: (info: SeriesShape) => string | null,
  planOf: (key: string, members: readonly SeriesShape[]) => ChartPlan,
): ChartPlan[] {
  const groups = groupBy(infos.filter((info) => keyOf(info) !== null), (info) => keyOf(info) ?? "");
  const rest = infos.filter((info) => keyOf(info) === null);
  return [...[...groups].map(([key, members]) => planOf(key, members)), ...rest.map(alone)];
}

const MOST_COLUMNS_ASKED = 24_000; // buckets over all lines of a chart
const FEWEST_BUCKETS = 60;

/** Fewer buckets a line where there are many lines: the picture has only so many pixels. */
export function bucketsFor(buckets: number, lines: number): number {
  return Math.max(FEWEST_BUCKETS, Math.min(buckets, Math.round(MOST_COLUMNS_ASKED / Math.max(1, lines))));
}
