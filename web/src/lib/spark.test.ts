import { expect, test } from "vitest";
import { sparkPath } from "./spark";

const BOX = { width: 100, height: 20 };

test("a line spans the box from its first to its last point, the greatest value on top", () => {
  expect(sparkPath([0, 1, 2], [1, 3, 2], BOX)).toBe("M0.0 20.0L50.0 0.0L100.0 10.0");
});

test("what is no number leaves a gap", () => {
  expect(sparkPath([0, 1, 2, 3, 4], [1, 2, Number.NaN, 2, 1], BOX)).toBe("M0.0 20.0L25.0 0.0M75.0 0.0L100.0 20.0");
});

test("a flat line runs through the middle", () => {
  expect(sparkPath([5, 7], [4, 4], BOX)).toBe("M0.0 10.0L100.0 10.0");
});

test("one point is no line", () => {
  expect([sparkPath([1], [1], BOX), sparkPath([], [], BOX), sparkPath([1, 2], [Number.NaN, 1], BOX)]).toEqual(["", "", ""]);
});
