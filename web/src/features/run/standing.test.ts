import { expect, test } from "vitest";
import { bestName, lead, rivalOf, valueAt } from "./standing";

test("a series is named as the filter language does", () => {
  expect([bestName("metrics/mAP50-95"), bestName("class/红灯 (A)/AP")]).toEqual(["best(metrics/mAP50-95)", "best(`class/红灯 (A)/AP`)"]);
});

const row = (value: unknown) => rivalOf({ id: "r", name: "n", values: { v: value } }, "v");

test("a row counts if it has a number", () => {
  expect(row(0.5)).toEqual({ id: "r", name: "n", best: 0.5 });
  expect([row(null), row("NaN"), row("text"), rivalOf({ id: "r", name: "n" }, "v")]).toEqual([null, null, null, null]);
});

test("ahead is positive, for a loss too", () => {
  expect([lead(3, 1, "higher"), lead(3, 1, "lower"), lead(1, 1, "lower")]).toEqual([2, -2, 0]);
});

test("another run is read where it had trained as long", () => {
  const columns = { x: [1, 2, 3], mean: [0.1, Number.NaN, 0.3] };
  expect([0.5, 1, 2.4, 3, 9].map((epoch) => valueAt(columns, epoch))).toEqual([null, 0.1, 0.1, 0.3, 0.3]);
});
