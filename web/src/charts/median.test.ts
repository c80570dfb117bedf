import { expect, test } from "vitest";
import { centredMedian, medianWidth } from "./median";
import { smoothed } from "./smooth";

const of = (...values: number[]) => Float64Array.from(values);

test("a spike disappears, an edge stays where it is", () => {
  expect([...centredMedian(of(1, 1, 9, 1, 1, 5, 5, 5), 3)]).toEqual([1, 1, 1, 1, 1, 5, 5, 5]);
});

test("the ends use what there is", () => {
  expect([...centredMedian(of(4, 2, 0), 5)]).toEqual([2, 2, 2]);
  expect([...centredMedian(of(4, 2), 3)]).toEqual([3, 3]);
});

test("values that are not finite break the line and count for no neighbour", () => {
  expect([...centredMedian(of(1, NaN, 3, Infinity, 5), 3)]).toEqual([1, NaN, 3, NaN, 5]);
});

test.each([
  [0.2, 3],
  [0.6, 5],
  [0.9, 19],
  [0.99, 199],
])("a weight of %d spans %d points", (weight, width) => {
  expect(medianWidth(weight)).toBe(width);
});

test("off gives the values themselves; the same question is computed once", () => {
  const y = of(1, 2, 9);
  expect(smoothed(y, "ema", 0)).toBe(y);
  expect(smoothed(y, "median", 0.5)).toBe(smoothed(y, "median", 0.5));
  expect([...smoothed(y, "median", 0.5)]).toEqual([1.5, 2, 5.5]);
});
