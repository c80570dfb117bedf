import { expect, test } from "vitest";
import type { Confusion } from "../confusion/derive";
import { median, whyOf } from "./why";

const confusion: Confusion = {
  classes: [0, 1, -1],
  counts: Float64Array.from([10, 0, 0, 12, 20, 0, 58, 0, 0]),
  truths: Float64Array.from([80, 20, 0]),
  predictions: Float64Array.from([10, 32, 58]),
};
const still = { last: 0.2, best: 0.2, bestEpoch: 9, fall: null };

test("the reasons are what the numbers say, what weighs most first", () => {
  const fall = { from: 0.6, fromEpoch: 3, to: 0.2, since: 5 };
  expect(whyOf({ number: 0, standing: { ...still, fall }, train: 900 }, { trains: [900, 1000, 1100], confusion })).toEqual([
    { kind: "fall", ...fall },
    { kind: "missed", count: 58, of: 80 },
  ]);
  expect(whyOf({ number: 0, standing: still, train: 20 }, { trains: [20, 1000, 1100], confusion })).toEqual([
    { kind: "few", count: 20, median: 1000 },
    { kind: "missed", count: 58, of: 80 },
  ]);
});

test("a class of which nothing is known has no reasons", () => {
  expect(whyOf({ number: null, standing: still, train: null }, { trains: [], confusion })).toEqual([]);
  expect(whyOf({ number: 1, standing: still, train: null }, { trains: [], confusion })).toEqual([]);
});

test("the median of an even number lies between", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});
