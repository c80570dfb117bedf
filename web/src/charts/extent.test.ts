import { expect, test } from "vitest";
import type { Columns } from "../lib/columns";
import { clippedExtent, fullExtent, outsideOf, type Extended } from "./extent";

function held(mean: number[]): Extended {
  const [x, y] = [Float64Array.from(mean, (_, i) => i), Float64Array.from(mean)];
  const columns: Columns = { run: "r", name: "n", total: mean.length, xAxis: "step", x, xEnd: x, min: y, max: y, mean: y, count: y, nan: y };
  return { columns, x };
}

const LEVEL = Array.from({ length: 98 }, (_, i) => 1 + (i % 10) / 10);

test("one value far away does not decide the height", () => {
  const line = held([...LEVEL, 900, 1]);
  expect(fullExtent([line], [0, 99], false)).toEqual([1, 900]);
  const [low, high] = clippedExtent([line], [0, 99], false) ?? [];
  expect(low).toBe(1);
  expect(high).toBeCloseTo(1.9 + 0.9 * 0.25);
});

test("where nothing is far away, clipping changes nothing", () => {
  expect(clippedExtent([held(LEVEL)], [0, 97], false)).toEqual([1, 1.9]);
});

test("a handful of values has no outliers", () => {
  expect(clippedExtent([held([1, 2, 1, 500])], [0, 3], false)).toEqual([1, 500]);
});

test("a logarithmic axis ignores what it cannot show", () => {
  expect(fullExtent([held([0, -1, 10, 100])], [0, 3], true)).toEqual([10, 100]);
  expect(fullExtent([held([0, -1])], [0, 1], true)).toBeNull();
});

test("points beyond the axis are counted within the window only", () => {
  expect(outsideOf([held([0, 5, 10, 15, 20])], [1, 4], [4, 12])).toBe(2);
});
