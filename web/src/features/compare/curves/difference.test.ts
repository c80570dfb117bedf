import { expect, test } from "vitest";
import type { Columns } from "../../../lib/columns";
import { allOver, interpolated, percentOver } from "./difference";

const of = (values: readonly number[]) => Float64Array.from(values);

function columns(run: string, x: readonly number[], mean: readonly number[], name = "m"): Columns {
  const ones = x.map(() => 1);
  return { run, name, total: x.length, xAxis: "step", x: of(x), xEnd: of(x), min: of(mean), max: of(mean), mean: of(mean), count: of(ones), nan: of(x.map(() => 0)) };
}

test("between two points the line is straight, beyond its ends it is not there", () => {
  const [x, y] = [Float64Array.from([0, 10, 20]), Float64Array.from([1, 2, 0])];
  expect([interpolated(x, y, 5), interpolated(x, y, 10), interpolated(x, y, 15), interpolated(x, y, -1), interpolated(x, y, 21)]).toEqual([1.5, 2, 1, NaN, NaN]);
  expect(interpolated(Float64Array.from([]), y, 1)).toBeNaN();
  expect(interpolated(Float64Array.from([3]), Float64Array.from([7]), 3)).toBe(7);
});

test("a difference is in percent of the baseline where it stands", () => {
  const over = percentOver(columns("b", [0, 5, 20], [1, 3, 9]), columns("a", [0, 10], [1, 2]));
  expect([[...over.x], [...over.mean]]).toEqual([[0, 5], [0, 100]]);
});

test("below a negative baseline is less, and a baseline of zero or NaN has no point", () => {
  const over = percentOver(columns("b", [0, 1, 2], [-3, 1, 1]), columns("a", [0, 1, 2], [-2, 0, NaN]));
  expect([[...over.x], [...over.mean]]).toEqual([[0], [-50]]);
});

test("each name has its own baseline, and a name without one is left out", () => {
  const found = allOver([columns("a", [0], [2]), columns("b", [0], [3]), columns("b", [0], [3], "n")], "a");
  expect(found.map(({ run, name, mean }) => [run, name, mean[0]])).toEqual([["a", "m", 0], ["b", "m", 50]]);
});

test("the same two lines give the same object", () => {
  const [a, b] = [columns("a", [0], [1]), columns("b", [0], [2])];
  expect(percentOver(b, a)).toBe(percentOver(b, a));
});
