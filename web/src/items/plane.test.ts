import { expect, test } from "vitest";
import { endsOf, isWithin, moved, nearest, pxFrom, turned, windowAround, zoomed, type Spot } from "./plane";

const SIZE = { width: 200, height: 100 };
const POINTS: readonly Spot[] = [
  [0, 0],
  [10, 0],
  [10, 10],
];

test("a window shows all points with one scale for both axes", () => {
  const window = windowAround(POINTS, SIZE);
  expect(window.middle).toEqual([5, 5]);
  expect(window.each).toBeCloseTo(0.108);
  const { x, y } = endsOf(window, SIZE);
  expect([x[1] - x[0], y[1] - y[0]].map((one) => Math.round(one * 10) / 10)).toEqual([21.6, 10.8]);
  expect(windowAround([[3, 3]], SIZE)).toEqual({ middle: [3, 3], each: 1 });
});

test("what is under the pointer stays there while it is looked at closer", () => {
  const window = { middle: [5, 5] as const, each: 0.1 };
  const before = pxFrom([10, 10], window, SIZE);
  expect(before).toEqual([150, 0]);
  const [x, y] = pxFrom([10, 10], zoomed(window, 4, before, SIZE), SIZE);
  expect(x).toBeCloseTo(150);
  expect(y).toBeCloseTo(0);
});

test("the plane moves with the pointer", () => {
  expect(moved({ middle: [5, 5], each: 0.1 }, [20, -10])).toEqual({ middle: [3, 4], each: 0.1 });
});

test("the nearest point that is shown is found", () => {
  expect(nearest(POINTS, [9, 1], 8, () => true)).toBe(1);
  expect(nearest(POINTS, [9, 1], 20, (at) => at !== 1)).toBe(2);
  expect(nearest(POINTS, [100, 100], 8, () => true)).toBeNull();
});

test("a lasso holds what lies within it, also where it is hollow", () => {
  const hollow: readonly Spot[] = [
    [0, 0],
    [10, 0],
    [10, 10],
    [5, 2],
    [0, 10],
  ];
  expect([isWithin([1, 1], hollow), isWithin([5, 5], hollow), isWithin([9, 5], hollow), isWithin([11, 1], hollow)]).toEqual([true, false, true, false]);
});

test("turning a room by a quarter shows its side", () => {
  const [first] = turned([[1, 2, 3]], Math.PI / 2, 0);
  expect(first?.[0]).toBeCloseTo(3);
  expect(first?.[1]).toBeCloseTo(2);
  const [second] = turned([[1, 2, 3]], 0, Math.PI / 2);
  expect(second?.[1]).toBeCloseTo(-3);
});
