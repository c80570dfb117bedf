import { expect, test } from "vitest";
import { finalRows } from "./final";

test("the final evaluation is a row for all classes and one for each", () => {
  const series = [
    { name: "final/class/a/b/AP50", last: 0.7 },
    { name: "final/class/a/b/recall", last: 0.6 },
    { name: "final/metrics/mAP50", last: 0.8 },
    { name: "final/metrics/precision", last: 0.9 },
    { name: "metrics/mAP50", last: 0.1 },
  ];
  expect(finalRows(series)).toEqual([
    { name: null, suffix: "", precision: 0.9, recall: null, map50: 0.8, map: null },
    { name: "a/b", suffix: "", precision: null, recall: 0.6, map50: 0.7, map: null },
  ]);
});

test("without a final evaluation there is no table", () => {
  expect(finalRows([{ name: "metrics/mAP50", last: 0.1 }])).toEqual([]);
});

test("masks have a row of their own for all classes", () => {
  const series = [
    { name: "final/metrics/mAP50", last: 0.8 },
    { name: "final/metrics/mAP50_mask", last: 0.7 },
  ];
  expect(finalRows(series).map(({ name, suffix, map50 }) => [name, suffix, map50])).toEqual([
    [null, "", 0.8],
    [null, "mask", 0.7],
  ]);
});
