import { FINAL } from "./final";
import { chart, groupBy, grouped, line, named, same, text, titled, type ChartPlan, type ChartTitle, type Localised, type PlannedLine, type SeriesShape } from "../../panels/plan";
import { withoutRank } from "./system-charts";

export const SECTIONS = ["loss", "metric", "class", "lr", "grad", "time", "other"] as const;
export type SectionId = (typeof SECTIONS)[number];

export interface SectionPlan {
  readonly id: SectionId;
  readonly charts: readonly ChartPlan[];
}

export const CLASS = /^class\/(.+)\/([^/]+)$/;
const SPLIT = /^(train|val)\/(?:epoch\/)?(.+)$/;
export const EPOCH_MEAN = /^train\/epoch\//;
const IMAGE_TIME = /^time\/(?:preprocess|inference|postprocess)_s$/;
const MAP = /^metrics\/mAP50(?:-95)?(_\w+)?$/;
const PRECISION_RECALL = /^metrics\/(?:precision|recall)(_mask|_pose)?$/;
const RECALL_BY_SIZE = /^metrics\/recall_(?:small|medium|large)$/;
const OVERHEAD = /^overhead\/(.+)_s$/;
const BRACKETS = /\s*[（(][^（(）)]*[）)]$/u;
const BEFORE_COLON = /^[^:：]+[:：]\s*/u;
const LOSS_ORDER = ["box_loss", "cls_loss", "dfl_loss", "obj_loss"] as const;

/** "Box loss (train)" → "Box loss": the chart shows both splits. */
export function withoutSplit({ en, zh }: Localised): Localised {
  return { en: en.replace(BRACKETS, ""), zh: zh.replace(BRACKETS, "") };
}

export const componentOf = (name: string) => SPLIT.exec(name)?.[2] ?? name;

export function rankOfLoss(name: string): number {
  const known = LOSS_ORDER.findIndex((one) => one === componentOf(name));
  return known < 0 ? LOSS_ORDER.length : known;
}

export const SPLITS = {
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
      if (RECALL_BY_SIZE.test(name)) return "metrics/sizes";
      if (map) return `metrics/mAP${map[1] ?? ""}`;
      return pr ? `metrics/pr${pr[1] ?? ""}` : null;
    },
    (key, members) => {
      if (key === "metrics/sizes") return partsChart(key, named("recallBySize"), members);
      const title = named(key.startsWith("metrics/mAP") ? "map" : "precisionRecall", suffixOf(key));
      return chart(key, titled(members, title), members.map((info, color) => line(info, color)));
    },
  ).toSorted((a, b) => rankOfMetric(a.key) - rankOfMetric(b.key));
}

function rankOfMetric(key: string): number {
  if (key.startsWith("metrics/mAP")) return 0;
  if (key.startsWith("metrics/pr")) return 1;
  return key === "metrics/sizes" ? 2 : 3;
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
  if (/^weights\/.+\/norm$/.test(name)) return "weights/norm";
  return /^update\/.+\/ratio$/.test(name) ? "update/ratio" : null;
}

const gradTitle = (key: string) => (key === "grad/groups" ? "gradGroups" : key === "weights/norm" ? "weightNorms" : "updateRatio");
const groupName = (name: string) => same(name.split("/").slice(1, -1).join("/"));

function gradCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  return grouped(
    infos,
    ({ name }) => gradKey(name),
    (key, members) => {
      const lines = members.map((info, color) => line(info, color, { label: groupName(info.name) }));
      return chart(key, named(gradTitle(key)), lines);
    },
  ).toSorted((a, b) => Number(b.key === "grad/norm") - Number(a.key === "grad/norm"));
}

function timeCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  return grouped(
    infos,
    ({ name }) => {
      const plain = withoutRank(name);
      if (plain === "time/batch_s" || plain === "time/data_s") return "time/batch";
      if (OVERHEAD.test(plain)) return "overhead";
      return IMAGE_TIME.test(plain) ? "time/image" : plain;
    },
    (key, members) => {
      const [first] = members;
      if (key === "overhead") return partsChart(key, named("overhead"), members);
      const title = key === "time/batch" ? named("batchTime") : key === "time/image" || !first ? named("imageTime") : text(first.title);
      return chart(key, titled(members, title), members.map((info, color) => line(info, color)));
    },
  ).toSorted((a, b) => rankOfTime(a.key) - rankOfTime(b.key));
}

function rankOfTime(key: string): number {
  if (key === "time/batch") return 0;
  if (key === "time/image") return 1;
  return key === "overhead" ? 3 : 2;
}

/** "Learning rate: weights" → "weights": the chart is called after the rest. */
function afterColon({ en, zh }: Localised): Localised {
  return { en: en.replace(BEFORE_COLON, ""), zh: zh.replace(BEFORE_COLON, "") };
}

function lrCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  const lines = infos.map((info, color) => line(info, color, { label: afterColon(info.title) }));
  return [chart("lr", titled(infos, named("lr")), lines)];
}

/** "Errors: missed" → "missed", in a chart called "Kinds of errors". */
function partsChart(key: string, title: ChartTitle, members: readonly SeriesShape[]): ChartPlan {
  const lines = members.map((info, color) => line(info, color, { label: afterColon(info.title) }));
  return chart(key, titled(members, title), lines);
}

const PARTS = { errors: "errors", loss_weight: "lossWeights", augmentation: "augmentations" } as const;

const partsOf = (name: string) => Object.keys(PARTS).find((prefix): prefix is keyof typeof PARTS => name.startsWith(`${prefix}/`)) ?? null;

function otherCharts(infos: readonly SeriesShape[]): ChartPlan[] {
  return grouped(
    infos,
    ({ name }) => partsOf(name),
    (key, members) => partsChart(key, named(PARTS[partsOf(`${key}/`) ?? "errors"]), members),
  );
}

const PLANS: Record<SectionId, (infos: readonly SeriesShape[]) => ChartPlan[]> = {
  loss: lossCharts,
  metric: metricCharts,
  class: classCharts,
  lr: lrCharts,
  grad: gradCharts,
  time: timeCharts,
  other: otherCharts,
};

const sectionOf = (family: string): SectionId => SECTIONS.find((id) => id === family) ?? "other";

/**
 * Which charts a run has, in the order they are shown; sections without series are left out. The last evaluation is no
 * chart: its table stands among the metrics. What the machine does stands apart.
 */
export function sectionsOf(series: readonly SeriesShape[]): SectionPlan[] {
  const curves = series.filter(({ name, family }) => !name.startsWith(FINAL) && family !== "system");
  const hasFinal = series.some(({ name }) => name.startsWith(FINAL));
  const byName = curves.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const families = groupBy(byName, (info) => sectionOf(info.family));
  return SECTIONS.flatMap((id) => {
    const infos = families.get(id) ?? (id === "metric" && hasFinal ? [] : null);
    return infos ? [{ id, charts: PLANS[id](infos) }] : [];
  });
}
