import type { SeriesInfo } from "../../api/client";
import { FINAL } from "./final";

/** What decides where a series is shown. */
export type SeriesShape = Pick<SeriesInfo, "name" | "family" | "unit" | "title">;

export const SECTIONS = ["loss", "metric", "class", "lr", "grad", "time", "system", "other"] as const;
export type SectionId = (typeof SECTIONS)[number];

export interface Localised {
  readonly en: string;
  readonly zh: string;
}

/** Titles that belong to no single series; the words are in the translations. */
export type NamedTitle = "trainLosses" | "map" | "precisionRecall" | "lr" | "gradGroups" | "updateRatio" | "batchTime" | "imageTime";

export type ChartTitle =
  | { readonly kind: "named"; readonly name: NamedTitle; readonly suffix: string }
  | { readonly kind: "class"; readonly metric: string }
  | { readonly kind: "text"; readonly text: Localised };

export interface PlannedLine {
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

export interface SectionPlan {
  readonly id: SectionId;
  readonly charts: readonly ChartPlan[];
}

const CLASS = /^class\/(.+)\/([^/]+)$/;
const SPLIT = /^(train|val)\/(?:epoch\/)?(.+)$/;
const EPOCH_MEAN = /^train\/epoch\//;
const IMAGE_TIME = /^time\/(?:preprocess|inference|postprocess)_s$/;
const MAP = /^metrics\/mAP50(?:-95)?(_\w+)?$/;
const PRECISION_RECALL = /^metrics\/(?:precision|recall)(_\w+)?$/;
const DEVICE = /^(system\/[a-z]+)\.\d+\/(.+)$/;
const BRACKETS = /\s*[（(][^（(）)]*[）)]$/u;
const BEFORE_COLON = /^[^:：]+[:：]\s*/u;
const LOSS_ORDER = ["box_loss", "cls_loss", "dfl_loss", "obj_loss"] as const;

const same = (text: string): Localised => ({ en: text, zh: text });
const named = (name: NamedTitle, suffix = ""): ChartTitle => ({ kind: "named", name, suffix });
const text = (title: Localised): ChartTitle => ({ kind: "text", text: title });

/** "Box loss (train)" → "Box loss": the chart shows both splits. */
function withoutSplit({ en, zh }: Localised): Localised {
  return { en: en.replace(BRACKETS, ""), zh: zh.replace(BRACKETS, "") };
}

function line(info: SeriesShape, color: number, more: Partial<PlannedLine> = {}): PlannedLine {
  return { name: info.name, label: info.title, unit: info.unit, color, dashed: false, faint: false, ...more };
}

function chart(key: string, title: ChartTitle, lines: readonly PlannedLine[]): ChartPlan {
  return { key, title, unit: lines[0]?.unit ?? "", lines };
}

/** What one series shows alone is called by its own name. */
const titled = (members: readonly SeriesShape[], title: ChartTitle): ChartTitle => {
  const [first] = members;
  return members.length === 1 && first ? text(first.title) : title;
};

const alone = (info: SeriesShape): ChartPlan => chart(info.name, text(info.title), [line(info, 0)]);

function groupBy(infos: readonly SeriesShape[], keyOf: (info: SeriesShape) => string): Map<string, SeriesShape[]> {
  const groups = new Map<string, SeriesShape[]>();
  for (const info of infos) groups.set(keyOf(info), [...(groups.get(keyOf(info)) ?? []), info]);
  return groups;
}

/** Puts series that match into charts by the key made of them; the others get a chart each, after those. */
function grouped(
  infos: readonly SeriesShape[],
  keyOf: (info: SeriesShape) => string | null,
  planOf: (key: string, members: readonly SeriesShape[]) => ChartPlan,
): ChartPlan[] {
  const groups = groupBy(infos.filter((info) => keyOf(info) !== null), (info) => keyOf(info) ?? "");
  const rest = infos.filter((info) => keyOf(info) === null);
  return [...[...groups].map(([key, members]) => planOf(key, members)), ...rest.map(alone)];
}

const componentOf = (name: string) => SPLIT.exec(name)?.[2] ?? name;

function rankOfLoss(name: string): number {
  const known = LOSS_ORDER.findIndex((one) => one === componentOf(name));
  return known < 0 ? LOSS_ORDER.length : known;
}

const SPLITS = {
  batch: { en: "train (batch)", zh: "训练（batch）" },
  train: { en: "train", zh: "训练" },
  val: { en: "val", zh: "验证" },
} as const;

const rankOfSplit = (name: string) => (name.startsWith("val/") ? 2 : Number(EPOCH_MEAN.test(name)));

/** The noise of single batches stands behind the mean of the epoch, which is what frameworks report. */
function lossLine(info: SeriesShape, color: number, hasMean: boolean): PlannedLine {
  if (info.name.startsWith("val/")) return line(info, color, { dashed: true, label: SPLITS.val });
  if (!info.name.startsWith("train/")) return line(info, color);
  const faint = hasMean && !EPOCH_MEAN.test(info.name);
  return line(info, color, { faint, label: faint ? SPLITS.batch : SPLITS.train });
}

function lossCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  const ordered = infos.toSorted((a, b) => rankOfLoss(a.name) - rankOfLoss(b.name));
  const components = groupBy(ordered, (info) => componentOf(info.name));
  const apart = [...components].map(([component, members], color) => {
    const hasMean = members.some((info) => EPOCH_MEAN.test(info.name));
    const lines = members.toSorted((a, b) => rankOfSplit(a.name) - rankOfSplit(b.name)).map((info) => lossLine(info, color, hasMean));
    return chart(`loss/${component}`, text(lossTitle(component, members)), lines);
  });
  const together = [...components.values()].flatMap((members, color) => {
    const train = members.find((info) => EPOCH_MEAN.test(info.name)) ?? members.find((info) => info.name.startsWith("train/"));
    return train ? line(train, color, { label: withoutSplit(train.title) }) : [];
  });
  return together.length < 2 ? apart : [...apart, chart("loss/train", named("trainLosses"), together)];
}

/** A loss that only the validation has says so. */
function lossTitle(component: string, members: readonly SeriesShape[]): Localised {
  const [first] = members;
  if (!first) return same(component);
  return members.every((info) => info.name.startsWith("val/")) ? first.title : withoutSplit(first.title);
}

const suffixOf = (key: string) => key.split("_")[1] ?? "";

function metricCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  return grouped(
    infos,
    ({ name }) => {
      const [map, pr] = [MAP.exec(name), PRECISION_RECALL.exec(name)];
      if (map) return `metrics/mAP${map[1] ?? ""}`;
      return pr ? `metrics/pr${pr[1] ?? ""}` : null;
    },
    (key, members) => {
      const title = named(key.startsWith("metrics/mAP") ? "map" : "precisionRecall", suffixOf(key));
      return chart(key, titled(members, title), members.map((info, color) => line(info, color)));
    },
  ).toSorted((a, b) => rankOfMetric(a.key) - rankOfMetric(b.key));
}

function rankOfMetric(key: string): number {
  if (key.startsWith("metrics/mAP")) return 0;
  return key.startsWith("metrics/pr") ? 1 : 2;
}

function classCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  return grouped(
    infos,
    ({ name }) => CLASS.exec(name)?.[2] ?? null,
    (metric, members) => {
      const lines = members.map((info, color) => line(info, color, { label: same(CLASS.exec(info.name)?.[1] ?? info.name) }));
      return chart(`class/${metric}`, { kind: "class", metric }, lines);
    },
  ).toSorted((a, b) => Number(b.key === "class/AP50") - Number(a.key === "class/AP50"));
}

function gradKey(name: string): string | null {
  if (/^grad\/.+\/norm$/.test(name)) return "grad/groups";
  return /^update\/.+\/ratio$/.test(name) ? "update/ratio" : null;
}

const groupName = (name: string) => same(name.split("/").slice(1, -1).join("/"));

function gradCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  return grouped(
    infos,
    ({ name }) => gradKey(name),
    (key, members) => {
      const lines = members.map((info, color) => line(info, color, { label: groupName(info.name) }));
      return chart(key, named(key === "grad/groups" ? "gradGroups" : "updateRatio"), lines);
    },
  ).toSorted((a, b) => Number(b.key === "grad/norm") - Number(a.key === "grad/norm"));
}

function timeCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  return grouped(
    infos,
    ({ name }) => {
      if (name === "time/batch_s" || name === "time/data_s") return "time/batch";
      return IMAGE_TIME.test(name) ? "time/image" : null;
    },
    (key, members) => {
      const title = named(key === "time/batch" ? "batchTime" : "imageTime");
      return chart(key, titled(members, title), members.map((info, color) => line(info, color)));
    },
  );
}

const shorter = (name: string) => name.replace(/^system\//, "");

/** The same quantity of several devices in one chart. */
function systemCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  return grouped(
    infos,
    ({ name }) => name.replace(DEVICE, "$1/$2"),
    (key, members) => {
      const [first] = members;
      const hasTitle = first?.title.en !== first?.name;
      if (members.length === 1 && first && hasTitle) return { ...alone(first), key };
      const lines = members.map((info, color) => line(info, color, { label: same(shorter(info.name)) }));
      return chart(key, text(same(shorter(key))), lines);
    },
  );
}

/** "Learning rate: weights" → "weights": the chart is called after the rest. */
function afterColon({ en, zh }: Localised): Localised {
  return { en: en.replace(BEFORE_COLON, ""), zh: zh.replace(BEFORE_COLON, "") };
}

function lrCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  const lines = infos.map((info, color) => line(info, color, { label: afterColon(info.title) }));
  return [chart("lr", titled(infos, named("lr")), lines)];
}

const PLANS: Record<SectionId, (infos: readonly SeriesShape[]) => ChartPlan[]> = {
  loss: lossCharts,
  metric: metricCharts,
  class: classCharts,
  lr: lrCharts,
  grad: gradCharts,
  time: timeCharts,
  system: systemCharts,
  other: (infos) => infos.map(alone),
};

const sectionOf = (family: string): SectionId => SECTIONS.find((id) => id === family) ?? "other";

/**
 * Which charts a run has, in the order they are shown; sections without series are left out. The last evaluation is no
 * chart: its table stands among the metrics.
 */
export function sectionsOf(series: readonly SeriesShape[]): SectionPlan[] {
  const curves = series.filter(({ name }) => !name.startsWith(FINAL));
  const hasFinal = curves.length < series.length;
  const byName = curves.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const families = groupBy(byName, (info) => sectionOf(info.family));
  return SECTIONS.flatMap((id) => {
    const infos = families.get(id) ?? (id === "metric" && hasFinal ? [] : null);
    return infos ? [{ id, charts: PLANS[id](infos) }] : [];
  });
}
