import { expect, test } from "vitest";
import { courseOf, lastOf } from "./pace";

const values = (...mean: number[]) => ({ x: mean.map((_, at) => at), mean });

test("of late is compared with before, without what is odd once", () => {
  expect(courseOf(values(10, 10, 90, 10, 10, 10, 12, 12))).toEqual({ now: 12, change: 0.2, trend: "up" });
  expect(courseOf(values(10, 10, 10, 5))).toEqual({ now: 5, change: -0.5, trend: "down" });
  expect(courseOf(values(10, 10, 10, 10.2))?.trend).toBe("steady");
});

test("a gap below zero that grows towards it goes up", () => {
  expect(courseOf(values(-4, -4, -4, -2))).toEqual({ now: -2, change: 0.5, trend: "up" });
});

test("a few values are no course, and NaN is no value", () => {
  expect([courseOf(values(1, 2, 3)), courseOf(values(1, 2, Number.NaN, 3))]).toEqual([null, null]);
  expect([lastOf(values(1, 2, Number.NaN)), lastOf(values())]).toEqual([2, null]);
});
