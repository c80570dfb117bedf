import { expect, test } from "vitest";
import type { SeriesInfo } from "../../../api/client";
import { evidenceCharts, seriesMeant } from "./evidence";

function info(name: string, family: string): SeriesInfo {
  return {
    name, family, unit: "", direction: "lower", title: { en: name, zh: name }, count: 9, nan_count: 0, last: 1, last_step: 1, last_epoch: 1,
    min: 0, max: 1, best: 0, best_step: 1, best_epoch: 1,
  };
}

const RUN = [
  info("train/box_loss", "loss"),
  info("train/epoch/box_loss", "loss"),
  info("train/cls_loss", "loss"),
  info("train/epoch/cls_loss", "loss"),
  info("val/box_loss", "loss"),
  info("metrics/mAP50", "metric"),
  info("class/a.b/AP50-95", "class"),
  info("system/gpu.0/util_percent", "system"),
  info("system/gpu.1/util_percent", "system"),
  info("lr/weight", "lr"),
];
const NAMES = RUN.map(({ name }) => name);
const charts = (series: string[], by_step = false) => evidenceCharts({ rule: "N1", series, by_step }, RUN).map(({ lines }) => lines.map(({ name, color, dashed }) => [name, color, dashed]));

test("a name of the diagnosis means the series that hold it", () => {
  expect(seriesMeant("train/box_loss", NAMES)).toEqual(["train/box_loss", "train/epoch/box_loss"]);
  expect(seriesMeant("train/total", NAMES)).toEqual(["train/box_loss", "train/epoch/box_loss", "train/cls_loss", "train/epoch/cls_loss"]);
  expect(seriesMeant("system/gpu.*/util_percent", NAMES)).toEqual(["system/gpu.0/util_percent", "system/gpu.1/util_percent"]);
  expect(seriesMeant("class/a.b/AP", NAMES)).toEqual(["class/a.b/AP50-95"]);
  expect(seriesMeant("grad/norm", NAMES)).toEqual([]);
});

test("along epochs the means of epochs are shown, training and validation of a part in one colour", () => {
  expect(charts(["train/total", "val/box_loss"])).toEqual([
    [["train/epoch/box_loss", 0, false], ["train/epoch/cls_loss", 1, false], ["val/box_loss", 0, true]],
  ]);
});

test("along steps single batches are shown", () => {
  expect(charts(["train/box_loss"], true)).toEqual([[["train/box_loss", 0, false]]]);
});

test("what is of another kind has a chart of its own, two at most", () => {
  expect(charts(["metrics/mAP50", "train/cls_loss", "lr/weight"]).map((lines) => lines.map(([name]) => name))).toEqual([["metrics/mAP50"], ["train/epoch/cls_loss"]]);
});

test("a finding without a curve has no chart", () => {
  expect(charts(["data.train.per_class"])).toEqual([]);
});
