import { expect, test } from "vitest";
import { barsOf, changeWords } from "./effect";

test("what was measured and what was expected are drawn on one scale", () => {
  expect(barsOf({ change: -0.4, expected: 0.1 })).toEqual([
    { kind: "measured", value: -0.4, share: -1 },
    { kind: "expected", value: 0.1, share: 0.25 },
  ]);
});

test("where either is not known there is nothing to compare", () => {
  expect(barsOf({ change: 0.02, expected: null })).toEqual([]);
  expect(barsOf({ change: null, expected: 0.1 })).toEqual([]);
  expect(barsOf({ change: 0, expected: 0 }).map(({ share }) => share)).toEqual([0, 0]);
});

test("a change is told with its sign, small ones more exactly", () => {
  expect([-0.18, 0.025, 0, 1.5].map((value) => changeWords(value, "en"))).toEqual(["−18%", "+2.5%", "0.0%", "+150%"]);
  expect(changeWords(-0.099, "zh")).toBe("−9.9%");
});
