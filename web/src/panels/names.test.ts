import { expect, test } from "vitest";
import { shortNames } from "./names";

test("what all names share at both ends is left out, at the border of words", () => {
  expect(shortNames(["yolo11-lr0.01-mosaic-night", "yolo11-lr0.02-mosaic-night"], 20)).toEqual(["…lr0.01…", "…lr0.02…"]);
});

test("a short shared part stays, and so does a long one where there is room", () => {
  expect(shortNames(["a-first-one", "a-other-two"], 10)).toEqual(["a-fir…-one", "a-oth…-two"]);
  expect(shortNames(["healthy-s0", "healthy-s1"])).toEqual(["healthy-s0", "healthy-s1"]);
});

test("equal names stay whole, and one name alone too", () => {
  expect(shortNames(["healthy-s0", "healthy-s0"])).toEqual(["healthy-s0", "healthy-s0"]);
});

test("a name that is the shared beginning of the others keeps something to read", () => {
  expect(shortNames(["surface-defects-", "surface-defects-v2"], 17)).toEqual(["surface-defects-", "…v2"]);
});

test("a long name loses its middle", () => {
  expect(shortNames(["abcdefghij"], 7)).toEqual(["abc…hij"]);
});
