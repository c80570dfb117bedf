import { expect, test } from "vitest";
import type { Columns } from "../lib/columns";
import { joinedOn } from "./join";

function columns(x: number[], mean: number[], xEnd = x): Columns {
  const values = Float64Array.from(mean);
  return {
    run: "r",
    name: "n",
    total: x.length,
    xAxis: "step",
    x: Float64Array.from(x),
    xEnd: Float64Array.from(xEnd),
    min: values,
    max: values,
    mean: values,
    count: Float64Array.from(x, () => 1),
    nan: Float64Array.from(x, () => 0),
  };
}

test("the values of both at the same steps become points", () => {
  const { columns: made, unmatched, scattered } = joinedOn(columns([10, 20, 30], [0.1, 0.2, 0.3]), columns([10, 20, 30], [5, 6, 7]));
  expect([[...made.x], [...made.mean], unmatched, scattered]).toEqual([[5, 6, 7], [0.1, 0.2, 0.3], 0, false]);
});

test("steps that only one of them has are counted and left out", () => {
  const { columns: made, unmatched } = joinedOn(columns([1, 2, 3, 4], [1, 2, 3, 4]), columns([2, 4, 6], [20, 40, 60]));
  expect([[...made.x], [...made.mean], unmatched]).toEqual([[20, 40], [2, 4], 2]);
});

test("a bucket of many steps takes the mean of what lies within it, a point within a bucket takes the bucket's", () => {
  const dense = columns([0, 1, 2, 3], [1, 3, 5, 7]);
  const wide = columns([0, 2], [10, 20], [1, 3]);
  expect([...joinedOn(wide, dense).columns.x]).toEqual([2, 6]);
  expect([...joinedOn(dense, wide).columns.x]).toEqual([10, 10, 20, 20]);
});

test("a falling x is put in order and still a line; one that turns is not", () => {
  const y = columns([1, 2, 3], [1, 2, 3]);
  const falling = joinedOn(y, columns([1, 2, 3], [9, 8, 7]));
  expect([[...falling.columns.x], [...falling.columns.mean], falling.scattered]).toEqual([[7, 8, 9], [3, 2, 1], false]);
  expect(joinedOn(y, columns([1, 2, 3], [1, 5, 2])).scattered).toBe(true);
});

test("without a common step nothing is left, and values that are not finite are no place", () => {
  expect(joinedOn(columns([1, 2], [1, 2]), columns([5], [1])).unmatched).toBe(2);
  expect(joinedOn(columns([1, 2], [1, 2]), columns([1, 2], [NaN, 4])).unmatched).toBe(1);
});
