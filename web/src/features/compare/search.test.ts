import { expect, test } from "vitest";
import { parseCompareSearch, windowOf } from "./search";

test("one run, several runs and a number as id are all lists of texts", () => {
  expect(parseCompareSearch({ run: "a" })).toEqual({ run: ["a"] });
  expect(parseCompareSearch({ run: ["a", 12, "a"] })).toEqual({ run: ["a", "12"] });
});

test("colours that are no choice of as many are dropped", () => {
  expect(parseCompareSearch({ run: ["a", "b"], slots: [0, 2] }).slots).toEqual([0, 2]);
  expect(parseCompareSearch({ run: ["a", "b"], slots: [0, 1] }).slots).toBeUndefined();
  expect(parseCompareSearch({ run: ["a", "b"], slots: [1, 1] }).slots).toBeUndefined();
  expect(parseCompareSearch({ run: ["a"], slots: [0, 1] }).slots).toBeUndefined();
});

test("unknown words fall back to the default", () => {
  expect(parseCompareSearch({ tab: "nonsense", align: "moon", scale: "cubic", smooth: "x", from: 3, to: 1, each: 1, ranges: [1] })).toEqual({});
});

test("one chart over the whole page, settings of single charts and the saved view stay", () => {
  const view = { run: ["a"], chart: "metrics/mAP50", own: { "metrics/mAP50": "log,y0:1" }, view: "5f1c" };
  expect(parseCompareSearch({ ...view, own: { ...view.own, lr: "upside-down" } })).toEqual(view);
  expect(parseCompareSearch({ own: "log", chart: {}, view: ["a"] })).toEqual({});
});

test("what is understood stays", () => {
  const view = { run: ["a"], tab: "table", by: "config.lr0", align: "epoch", from: 1, to: 5, ranges: { "config.lr0": [0.1, 0.2] }, baseline: "a" };
  expect(parseCompareSearch({ ...view, ranges: { ...view.ranges, bad: [2, 1] } })).toEqual(view);
  expect(windowOf(parseCompareSearch(view))).toEqual([1, 5]);
});
