import { expect, test } from "vitest";
import { ema } from "./ema";

test("debiased: the first value is itself, a constant stays constant", () => {
  expect([...ema(Float64Array.of(4, 4, 4), 0.9)].map((v) => v.toFixed(12))).toEqual(Array(3).fill("4.000000000000"));
});

test("values by hand: s = w·s + (1−w)·y, divided by 1 − wⁿ", () => {
  const [first, second, third] = ema(Float64Array.of(1, 2, 4), 0.5);
  expect(first).toBeCloseTo(1, 12);
  expect(second).toBeCloseTo((0.25 + 1) / 0.75, 12);
  expect(third).toBeCloseTo((0.625 + 2) / 0.875, 12);
});

test("NaN breaks the line and leaves the average as it was", () => {
  const smooth = ema(Float64Array.of(1, NaN, 1), 0.8);
  expect(smooth[1]).toBeNaN();
  expect(smooth[2]).toBeCloseTo(1, 12);
});
