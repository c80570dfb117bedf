import { expect, test } from "vitest";
import type { Annotation, Box } from "../../../items/annotations";
import { isCompared, talliesOf, totalOf } from "./tally";

const HERE: Box = [0, 0, 10, 10];

function annotation(at: number, kind: number, score: number | null): Annotation {
  return { at, box: HERE, kind, title: `c${kind}`, score, isTruth: score === null, outline: [], keypoints: [] };
}

const PICTURES = [
  [annotation(0, 1, null), annotation(1, 1, 0.9), annotation(2, 0, 0.5)],
  [annotation(0, 1, null), annotation(1, 1, 0.1)],
];

test("classes are counted over all pictures, by what became of them", () => {
  expect(talliesOf(PICTURES, 0.25)).toEqual([
    { kind: 0, title: "c0", labels: 0, predictions: 1, found: 0, missed: 0, false: 1 },
    { kind: 1, title: "c1", labels: 2, predictions: 1, found: 1, missed: 1, false: 0 },
  ]);
});

test("the total leaves out hidden classes", () => {
  const tallies = talliesOf(PICTURES, 0.25);
  expect(totalOf(tallies, new Set())).toEqual({ found: 1, missed: 1, false: 1 });
  expect(totalOf(tallies, new Set([0]))).toEqual({ found: 1, missed: 1, false: 0 });
});

test("labels alone are compared with nothing, but for groups that always hold predictions", () => {
  const labels = [[annotation(0, 1, null)]];
  expect([isCompared("inputs", labels), isCompared("predictions", labels), isCompared("mine", PICTURES)]).toEqual([false, true, true]);
});
