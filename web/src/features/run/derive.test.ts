import { expect, test } from "vitest";
import { sectionsOf } from "./derive";
import type { SeriesShape } from "../../panels/plan";

function series(name: string, family: string, title = name): SeriesShape {
  return { name, family, unit: "", title: { en: title, zh: title } };
}

const keysOf = (infos: SeriesShape[]) => sectionsOf(infos).map(({ id, charts }) => [id, charts.map((chart) => chart.key)]);
const chartOf = (infos: SeriesShape[], key: string) => sectionsOf(infos).flatMap(({ charts }) => charts).find((chart) => chart.key === key);

const LOSSES = [
  series("val/dfl_loss", "loss", "DFL loss (val)"),
  series("train/dfl_loss", "loss", "DFL loss (train)"),
  series("val/box_loss", "loss", "Box loss (val)"),
  series("train/box_loss", "loss", "Box loss (train)"),
];

test("a YOLO run has its sections and charts in a fixed order", () => {
  const infos = [
    series("my/thing", "other"),
    series("system/gpu.0/util_percent", "system"),
    series("time/epoch_s", "time"),
    series("time/data_s", "time"),
    series("time/batch_s", "time"),
    series("time/inference_s", "time"),
    series("grad/norm", "grad"),
    series("grad/backbone/norm", "grad"),
    series("weights/backbone/norm", "grad"),
    series("weights/nonfinite", "grad"),
    series("lr/weight", "lr"),
    series("lr/bias", "lr"),
    series("class/car/AP", "class"),
    series("class/car/AP50", "class"),
    series("metrics/recall", "metric"),
    series("metrics/precision", "metric"),
    series("metrics/fitness", "metric"),
    series("metrics/mAP50", "metric"),
    series("metrics/mAP50-95", "metric"),
    ...LOSSES,
  ];
  expect(keysOf(infos)).toEqual([
    ["loss", ["loss/box_loss", "loss/dfl_loss", "loss/train"]],
    ["metric", ["metrics/mAP", "metrics/pr", "metrics/fitness"]],
    ["class", ["class/AP50", "class/AP"]],
    ["lr", ["lr"]],
    ["grad", ["grad/norm", "grad/groups", "weights/norm", "weights/nonfinite"]],
    ["time", ["time/batch", "time/image", "time/epoch_s"]],
    ["other", ["my/thing"]],
  ]);
});

test("train and val of one loss share a chart and a colour, val dashed, the title without the split", () => {
  const chart = chartOf(LOSSES, "loss/dfl_loss");
  expect(chart?.title).toEqual({ kind: "text", text: { en: "DFL loss", zh: "DFL loss" } });
  expect(chart?.lines.map(({ name, color, dashed }) => [name, color, dashed])).toEqual([
    ["train/dfl_loss", 1, false],
    ["val/dfl_loss", 1, true],
  ]);
});

test("a component keeps its colour among all training losses", () => {
  expect(chartOf(LOSSES, "loss/train")?.lines.map(({ name, color }) => [name, color])).toEqual([
    ["train/box_loss", 0],
    ["train/dfl_loss", 1],
  ]);
});

test("full-width brackets are a split too", () => {
  const infos = [{ ...series("train/box_loss", "loss"), title: { en: "Box loss (train)", zh: "边框损失（训练）" } }];
  expect(chartOf(infos, "loss/box_loss")?.title).toEqual({ kind: "text", text: { en: "Box loss", zh: "边框损失" } });
});

test("the mean of an epoch stands before the noise of its batches, in the same chart", () => {
  const infos = [...LOSSES, series("train/epoch/box_loss", "loss", "Box loss (train, epoch mean)")];
  expect(chartOf(infos, "loss/box_loss")?.lines.map(({ name, faint, dashed, label }) => [name, faint, dashed, label.en])).toEqual([
    ["train/box_loss", true, false, "train (batch)"],
    ["train/epoch/box_loss", false, false, "train"],
    ["val/box_loss", false, true, "val"],
  ]);
});

test("all training losses together are epoch means where there are any", () => {
  const infos = [...LOSSES, series("train/epoch/box_loss", "loss"), series("train/epoch/dfl_loss", "loss")];
  expect(chartOf(infos, "loss/train")?.lines.map((line) => line.name)).toEqual(["train/epoch/box_loss", "train/epoch/dfl_loss"]);
});

test("the final evaluation is no chart, and has a place among the metrics even alone", () => {
  expect(keysOf([series("final/metrics/mAP50", "other")])).toEqual([["metric", []]]);
});

test("one training loss alone needs no second chart", () => {
  expect(keysOf([series("train/box_loss", "loss")])).toEqual([["loss", ["loss/box_loss"]]]);
});

test("all training losses together are each its epoch mean where there is one, else its batches", () => {
  const infos = [series("train/box_loss", "loss"), series("train/epoch/box_loss", "loss"), series("train/cls_loss", "loss"), series("val/cls_loss", "loss")];
  expect(chartOf(infos, "loss/train")?.lines.map(({ name, faint }) => [name, faint])).toEqual([
    ["train/epoch/box_loss", false],
    ["train/cls_loss", false],
  ]);
});

test("a loss that only the validation has keeps its split in the title", () => {
  expect(chartOf([series("val/box_loss", "loss", "Box loss (val)")], "loss/box_loss")?.title).toEqual({
    kind: "text",
    text: { en: "Box loss (val)", zh: "Box loss (val)" },
  });
});

test("one series of a shared chart gives the chart its own name", () => {
  expect(chartOf([series("metrics/mAP50", "metric", "mAP50")], "metrics/mAP")?.title).toEqual({ kind: "text", text: { en: "mAP50", zh: "mAP50" } });
});

test("learning rates are told apart by what comes after the colon", () => {
  const infos = [
    { ...series("lr/bias", "lr"), title: { en: "Learning rate: biases", zh: "学习率：偏置" } },
    { ...series("lr/weight", "lr"), title: { en: "Learning rate: weights", zh: "学习率：权重" } },
  ];
  expect(chartOf(infos, "lr")?.lines.map((line) => line.label)).toEqual([
    { en: "biases", zh: "偏置" },
    { en: "weights", zh: "权重" },
  ]);
});

test("the times of one image share a chart", () => {
  const infos = ["preprocess", "inference", "postprocess"].map((phase) => series(`time/${phase}_s`, "time"));
  expect(keysOf(infos)).toEqual([["time", ["time/image"]]]);
});

test("masks and poses have metric charts of their own", () => {
  const infos = [series("metrics/mAP50", "metric"), series("metrics/mAP50_mask", "metric"), series("metrics/recall_pose", "metric")];
  expect(keysOf(infos)).toEqual([["metric", ["metrics/mAP", "metrics/mAP_mask", "metrics/pr_pose"]]]);
});

test("class names may hold slashes, and label their lines", () => {
  expect(chartOf([series("class/a/b/AP50", "class")], "class/AP50")?.lines.map((line) => line.label.en)).toEqual(["a/b"]);
});

test("a family that is not known is shown among the others", () => {
  expect(keysOf([series("x", "brand-new")])).toEqual([["other", ["x"]]]);
});

test("without series there are no sections", () => {
  expect(sectionsOf([])).toEqual([]);
});

test("what a detector's training tells of its parts stands together", () => {
  const infos = [
    series("errors/missed", "other", "Errors: missed"),
    series("errors/background", "other", "Errors: nothing there"),
    series("loss_weight/box", "other", "Loss weight: box"),
    series("loss_weight/cls", "other", "Loss weight: cls"),
    series("augmentation/mosaic", "other", "Augmentation probability: mosaic"),
    series("augmentation/fliplr", "other", "Augmentation probability: fliplr"),
    series("overhead/confusion_s", "time", "Own time: confusion"),
    series("overhead/curves_s", "time", "Own time: curves"),
    series("time/epoch_s", "time"),
    series("metrics/recall", "metric"),
    series("metrics/precision", "metric"),
    series("metrics/recall_small", "metric", "Recall: small"),
    series("metrics/recall_large", "metric", "Recall: large"),
    series("my/thing", "other"),
  ];
  expect(keysOf(infos)).toEqual([
    ["metric", ["metrics/pr", "metrics/sizes"]],
    ["time", ["time/epoch_s", "overhead"]],
    ["other", ["augmentation", "errors", "loss_weight", "my/thing"]],
  ]);
  expect(chartOf(infos, "errors")?.lines.map(({ name, label }) => [name, label.en])).toEqual([
    ["errors/background", "nothing there"],
    ["errors/missed", "missed"],
  ]);
});
