import { expect, test } from "vitest";
import type { Annotation, Box } from "./annotations";
import { countsOf, iou, matched } from "./matching";

function annotation(at: number, box: Box, kind: number, score: number | null): Annotation {
  return { at, box, kind, title: null, score, isTruth: score === null, outline: [], keypoints: [] };
}

test("IoU is the shared area by that of both together", () => {
  expect(iou([0, 0, 10, 10], [0, 0, 10, 10])).toBe(1);
  expect(iou([0, 0, 10, 10], [0, 0, 10, 5])).toBe(0.5);
  expect(iou([0, 0, 10, 10], [10, 0, 20, 10])).toBe(0);
});

test("a label is found at an IoU of 0.5 by a prediction of its class, and missed otherwise", () => {
  const pair = [annotation(0, [0, 0, 10, 10], 1, null), annotation(1, [0, 0, 10, 5], 1, 0.8)];
  expect(matched(pair, 0.25).get(0)).toEqual({ outcome: "found", partner: 1, iou: 0.5 });
  const worse = [annotation(0, [0, 0, 10, 10], 1, null), annotation(1, [0, 0, 10, 4.9], 1, 0.8)];
  expect([...matched(worse, 0.25).values()].map(({ outcome }) => outcome)).toEqual(["missed", "false"]);
  const other = [annotation(0, [0, 0, 10, 10], 1, null), annotation(1, [0, 0, 10, 10], 2, 0.8)];
  expect([...matched(other, 0.25).values()].map(({ outcome }) => outcome)).toEqual(["missed", "false"]);
});

test("of two predictions for one label the surer one has it, even if the other fits better", () => {
  const all = [annotation(0, [0, 0, 10, 10], 1, null), annotation(1, [0, 0, 10, 10], 1, 0.5), annotation(2, [0, 0, 10, 8], 1, 0.9)];
  const matches = matched(all, 0.25);
  expect(matches.get(2)).toEqual({ outcome: "found", partner: 0, iou: 0.8 });
  expect(matches.get(1)).toEqual({ outcome: "false", partner: null, iou: null });
});

test("a prediction below the confidence neither counts nor finds", () => {
  const all = [annotation(0, [0, 0, 10, 10], 1, null), annotation(1, [0, 0, 10, 10], 1, 0.2)];
  const matches = matched(all, 0.25);
  expect(matches.has(1)).toBe(false);
  expect(countsOf(all, matches)).toEqual({ found: 0, missed: 1, false: 0 });
});

test("a pair counts once", () => {
  const all = [annotation(0, [0, 0, 10, 10], 1, null), annotation(1, [0, 0, 10, 10], 1, 0.9), annotation(2, [50, 50, 60, 60], 1, 0.4)];
  expect(countsOf(all, matched(all, 0.25))).toEqual({ found: 1, missed: 0, false: 1 });
});
