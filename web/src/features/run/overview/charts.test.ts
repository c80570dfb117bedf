import { expect, test } from "vitest";
import type { SeriesInfo } from "../../../api/client";
import { lossesTogether, overviewCharts } from "./charts";

function series(name: string, family: string, title = { en: name, zh: name }): SeriesInfo {
  return {
    name, family, unit: "", direction: "none", title, count: 4, nan_count: 0, last: 1, last_step: 1, last_epoch: 1, min: 0, max: 1, best: null,
    best_step: null, best_epoch: null,
  };
}

const LOSSES = [
  series("val/box_loss", "loss", { en: "Box loss (val)", zh: "边框损失（验证）" }),
  series("train/box_loss", "loss", { en: "Box loss (train)", zh: "边框损失（训练）" }),
  series("train/epoch/box_loss", "loss", { en: "Box loss (train, epoch mean)", zh: "边框损失（训练，epoch 均值）" }),
  series("train/cls_loss", "loss", { en: "Class loss (train)", zh: "分类损失（训练）" }),
];
const METRICS = [series("metrics/mAP50", "metric"), series("metrics/mAP50-95", "metric"), series("metrics/recall", "metric")];

const told = (infos: SeriesInfo[], main: string | null) => overviewCharts(infos, main, null).map(({ key, lines }) => [key, lines.map(({ name }) => name)]);

test("training stands beside validation, by the mean of the epoch where there is one", () => {
  const plan = lossesTogether(LOSSES);
  expect(plan?.lines.map(({ name, label, color, dashed }) => [name, label.en, label.zh, color, dashed])).toEqual([
    ["train/epoch/box_loss", "Box · train", "边框 · 训练", 0, false],
    ["val/box_loss", "Box · val", "边框 · 验证", 0, true],
  ]);
  expect(lossesTogether([series("loss", "loss")])).toBeNull();
});

test("a detector shows its main metric and its losses", () => {
  expect(told([...LOSSES, ...METRICS], "metrics/mAP50-95")).toEqual([
    ["metrics/mAP", ["metrics/mAP50", "metrics/mAP50-95"]],
    ["overview/losses", ["train/epoch/box_loss", "val/box_loss"]],
  ]);
});

test("a plain loop shows what there is, but not its machine", () => {
  expect(told([series("loss", "loss"), series("lr", "lr"), series("reward", "other"), series("system/cpu_percent", "system")], "loss")).toEqual([
    ["loss/loss", ["loss"]],
    ["reward", ["reward"]],
    ["lr", ["lr"]],
  ]);
  expect(told([], null)).toEqual([]);
});

test("the run to measure by stands pale behind the main metric, in its colour", () => {
  const label = { en: "best run", zh: "最佳训练" };
  const [chart] = overviewCharts([...LOSSES, ...METRICS], "metrics/mAP50-95", { run: "other", label });
  const [own, behind] = [chart?.lines[1], chart?.lines[2]];
  expect(behind).toEqual({ ...own, run: "other", label, faint: true, dashed: true });
});
