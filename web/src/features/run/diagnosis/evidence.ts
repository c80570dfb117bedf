import type { Finding, SeriesInfo } from "../../../api/client";
import { chart, groupBy, line, text, type ChartPlan, type Localised, type SeriesShape } from "../../../panels/plan";
import { componentOf, EPOCH_MEAN } from "../derive";

const TOTAL = /^(train|val)\/total$/;
const CLASS_AP = /^(class\/.+\/)AP$/;
const MOST_CHARTS = 2;
const MOST_LINES = 6;

const TITLES: Readonly<Record<string, Localised>> = {
  loss: { en: "Losses", zh: "损失" },
  metric: { en: "Metrics", zh: "指标" },
  class: { en: "Classes", zh: "类别" },
  lr: { en: "Learning rate", zh: "学习率" },
  grad: { en: "Gradients and updates", zh: "梯度与更新" },
  time: { en: "Times", zh: "用时" },
  system: { en: "Machine", zh: "机器" },
  other: { en: "Other series", zh: "其他曲线" },
};

const escaped = (name: string) => name.replace(/[.+?^${}()|[\]\\]/g, "\\$&");

/**
 * The series of a run that a finding means by a name. The diagnosis calls a loss by one name whether it came by batch or by
 * epoch, sums components to a total that is no series, and writes * for whatever there is.
 */
export function seriesMeant(name: string, known: readonly string[]): string[] {
  const split = TOTAL.exec(name)?.[1];
  if (split !== undefined) return known.filter((one) => one.startsWith(`${split}/`) && one.endsWith("_loss"));
  if (name.includes("*")) {
    const pattern = new RegExp(`^${escaped(name).replaceAll("*", "[^/]+")}$`);
    return known.filter((one) => pattern.test(one));
  }
  const called = new Set([name, name.replace(/^train\//, "train/epoch/"), name.replace(CLASS_AP, "$1AP50-95")]);
  return known.filter((one) => called.has(one));
}

/** On an axis of epochs the mean of an epoch says it all; single batches would only cover it. */
function withoutTwins(infos: readonly SeriesShape[], byStep: boolean): readonly SeriesShape[] {
  const means = new Set(infos.filter(({ name }) => EPOCH_MEAN.test(name)).map(({ name }) => componentOf(name)));
  const isTwin = ({ name }: SeriesShape) => (byStep ? EPOCH_MEAN.test(name) : name.startsWith("train/") && !EPOCH_MEAN.test(name));
  return means.size === 0 ? infos : infos.filter((info) => !(isTwin(info) && means.has(componentOf(info.name))));
}

const isDashed = ({ name }: SeriesShape) => name.startsWith("val/");

function planOf(rule: string, members: readonly SeriesShape[]): ChartPlan {
  const shown = members.slice(0, MOST_LINES);
  const components = [...new Set(shown.map(({ name }) => componentOf(name)))];
  const [first] = shown;
  const title = shown.length === 1 && first ? first.title : (TITLES[first?.family ?? ""] ?? TITLES.other ?? { en: "", zh: "" });
  const lines = shown.map((info, at) => line(info, info.family === "loss" ? components.indexOf(componentOf(info.name)) : at, { dashed: isDashed(info) }));
  return chart(`finding/${rule}/${first?.family ?? ""}`, text(title), lines);
}

/** The curves that bear a finding out, a chart for each kind of them; none where the run holds none of them. */
export function evidenceCharts({ rule, series, by_step: byStep }: Pick<Finding, "rule" | "series" | "by_step">, all: readonly SeriesInfo[]): ChartPlan[] {
  const names = all.map(({ name }) => name);
  const meant = [...new Set(series.flatMap((name) => seriesMeant(name, names)))];
  const infos = meant.flatMap((name) => all.find((info) => info.name === name) ?? []);
  const groups = groupBy(withoutTwins(infos, byStep), ({ family, unit }) => `${family} ${unit}`);
  return [...groups.values()].slice(0, MOST_CHARTS).map((members) => planOf(rule, members));
}
