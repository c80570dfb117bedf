import { expect, test } from "vitest";
import type { Matrix, SeriesInfo } from "../../../api/client";
import { classRows, confusionRows, metricRows } from "./tables";

const info = (name: string, family: string, more: Partial<SeriesInfo> = {}): SeriesInfo => ({
  name, family, unit: "", direction: "lower", title: { en: name, zh: name }, count: 3, nan_count: 0, last: 2, last_step: 3, last_epoch: 3, min: 1, max: 3, best: 1, best_step: 2, best_epoch: 2.0, ...more,
});

const texts = (rows: readonly (readonly { readonly text: string }[])[]) => rows.map((row) => row.map(({ text }) => text));

test("metrics come before losses, and losses of whole epochs take the place of those of single batches", () => {
  const series = [info("train/box_loss", "loss"), info("train/epoch/box_loss", "loss"), info("val/box_loss", "loss", { best: "NaN", best_epoch: null }), info("metrics/mAP50", "metric"), info("lr/0", "lr")];
  expect(texts(metricRows(series, "en"))).toEqual([
    ["metrics/mAP50", "1", "2", "2"],
    ["train/epoch/box_loss", "1", "2", "2"],
    ["val/box_loss", "NaN", "", "2"],
  ]);
});

test("each class has a line with what it reached last", () => {
  const series = [info("class/划痕/轻微 (A)/AP50", "class", { last: 0.5 }), info("class/划痕/轻微 (A)/recall", "class", { last: 0.25 })];
  expect(texts(classRows({ series, settings: {} }, "zh"))).toEqual([["划痕/轻微 (A)", "–", "0.2500", "0.5000", "–"]]);
});

const matrix: Matrix = {
  type: "matrix", height: 2, width: 2, values: [[3, 1], [1, 0]],
  rows: { name: "predicted", classes: [0, -1], titles: ["dent", null], texts: [] },
  columns: { name: "true", classes: [0, -1], titles: ["dent", null], texts: [] },
};

test("a matrix says counts and is coloured by the share of the true class", () => {
  expect(confusionRows(matrix, "background", "en")).toEqual({
    columns: ["dent", "background"],
    rows: [
      { label: "dent", cells: [{ text: "3", share: 0.75 }, { text: "1", share: 1 }] },
      { label: "background", cells: [{ text: "1", share: 0.25 }, { text: "", share: 0 }] },
    ],
  });
});
