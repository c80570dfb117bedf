import { expect, test } from "vitest";
import { decimate, lowerBound, nearest, visibleRange } from "./decimate";

const LENGTH = 10_000;
const noisy = Float64Array.from({ length: LENGTH }, (_, i) => Math.sin(i / 50) + ((i * 7919) % 101) / 500);
const columnOf = (i: number) => Math.floor((i / LENGTH) * 300);

test("the extremes of every pixel column are kept", () => {
  const kept = new Set(decimate(noisy, [0, LENGTH], columnOf));
  for (let column = 0; column < 300; column++) {
    const own = [...noisy.keys()].filter((i) => columnOf(i) === column);
    const values = own.map((i) => noisy[i] ?? NaN);
    const keptValues = own.filter((i) => kept.has(i)).map((i) => noisy[i] ?? NaN);
    expect(Math.max(...keptValues)).toBe(Math.max(...values));
    expect(Math.min(...keptValues)).toBe(Math.min(...values));
  }
});

test("at most four points a column, in order", () => {
  const kept = decimate(noisy, [0, LENGTH], columnOf);
  expect(kept.length).toBeLessThanOrEqual(300 * 4);
  expect(kept).toEqual(kept.toSorted((a, b) => a - b));
});

test("a single spike survives", () => {
  const flat = new Float64Array(LENGTH);
  flat[4321] = 9;
  expect(decimate(flat, [0, LENGTH], columnOf)).toContain(4321);
});

test("a gap stays a gap", () => {
  const y = Float64Array.of(1, 2, NaN, NaN, 3, 4);
  expect(decimate(y, [0, 6], () => 0)).toEqual([0, 1, 2, 4, 5]);
});

test("the visible range has one neighbour on each side", () => {
  const x = Float64Array.of(0, 1, 2, 3, 4, 5);
  expect(visibleRange(x, 2, 3)).toEqual([1, 5]);
  expect(visibleRange(x, -5, 50)).toEqual([0, 6]);
});

test("binary searches answer at the ends and between", () => {
  const x = Float64Array.of(0, 10, 20);
  expect([nearest(x, -5), nearest(x, 4), nearest(x, 6), nearest(x, 99)]).toEqual([0, 0, 1, 2]);
  expect(nearest(new Float64Array(0), 1)).toBe(-1);
  expect(lowerBound(x, 10)).toBe(1);
});
