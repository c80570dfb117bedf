import { expect, test } from "vitest";
import { axesOf, defaultAxes, isWithin, withRange } from "./axes";
import type { Parameter } from "./parameters";
import type { Reached, Results } from "../../panels/results";
import type { SharedSeries } from "../../panels/shared-series";

const parameter = (id: string, values: Record<string, string | number | boolean>): Parameter => ({ id, key: id, values: new Map(Object.entries(values)) });
const map: SharedSeries = { name: "metrics/mAP50-95", family: "metric", unit: "", direction: "higher", title: { en: "mAP50-95", zh: "mAP50-95" }, share: 1 };
const results: Results = new Map<string, ReadonlyMap<string, Reached>>([
  ["a", new Map([[map.name, { best: 0.5, last: 0.4 }]])],
  ["b", new Map([[map.name, { best: null, last: Number.NaN }]])],
]);
const axes = axesOf([parameter("config.lr0", { a: 0.001, b: 0.1 }), parameter("config.model", { a: "yolo11s", b: "yolo11n" })], [map], results, "en");

test("a few numbers and words stand in their order, results by their best, and what is no number nowhere", () => {
  expect(axes.map(({ id, categories, log, values }) => [id, categories, log, Object.fromEntries(values)])).toEqual([
    ["config.lr0", ["0.001", "0.1"], false, { a: 0, b: 1 }],
    ["config.model", ["yolo11n", "yolo11s"], false, { a: 1, b: 0 }],
    ["metrics/mAP50-95", [], false, { a: 0.5 }],
  ]);
});

const many = (values: readonly number[]) => parameter("config.lr0", Object.fromEntries(values.map((value, at) => [`r${at}`, value])));

test("many numbers stand as they are, by powers where they spread far", () => {
  const found = axesOf([many([1, 2, 3, 4, 5, 6, 7]), many([0.001, 0.01, 0.1, 1, 2, 3, 4])], [], new Map(), "en");
  expect(found.map(({ categories, log, values }) => [categories, log, values.get("r6")])).toEqual([[[], false, 7], [[], true, 4]]);
});

test("parameters that do not vary are not shown at first", () => {
  const more = axesOf([parameter("config.imgsz", { a: 640, b: 640 }), parameter("config.lr0", { a: 1, b: 2 })], [map], results, "en");
  expect(defaultAxes(more)).toEqual(["config.lr0", "metrics/mAP50-95"]);
});

test("a run without a value is within no range of that axis", () => {
  const ranges = { "metrics/mAP50-95": [0.4, 0.6] as const };
  expect([isWithin("a", ranges, axes), isWithin("b", ranges, axes), isWithin("b", { gone: [0, 1] }, axes), isWithin("b", {}, axes)]).toEqual([true, false, true, true]);
});

test("the last range that is taken back leaves nothing in the address", () => {
  expect(withRange({ x: [0, 1] }, "x", null)).toBeUndefined();
  expect(withRange({ x: [0, 1] }, "y", [2, 3])).toEqual({ x: [0, 1], y: [2, 3] });
});
