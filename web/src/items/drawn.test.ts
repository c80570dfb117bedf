import { expect, test } from "vitest";
import type { Annotation } from "./annotations";
import { drawnFrom, OUTCOME_COLORS, classColor, type BoxView } from "./drawn";

function annotation(at: number, kind: number, score: number | null): Annotation {
  return { at, box: [0, 0, 10, 10], kind, title: null, score, isTruth: score === null, outline: [], keypoints: [] };
}

const VIEW: BoxView = { confidence: 0.25, hidden: new Set(), sides: "both", compares: true, byClass: false };
const ALL = [annotation(0, 1, 0.9), annotation(1, 1, 0.1), annotation(2, 1, null), annotation(3, 2, null), annotation(4, 3, 0.5)];

const places = (view: Partial<BoxView>) => drawnFrom(ALL, { ...VIEW, ...view }).map(({ annotation: { at } }) => at);
const tags = (sides: BoxView["sides"]) => drawnFrom(ALL, { ...VIEW, sides }).map(({ isTagged }) => isTagged);

test("labels lie below predictions, and what is too unsure or hidden is left out", () => {
  expect(places({})).toEqual([2, 3, 4, 0]);
  expect(places({ confidence: 0 })).toEqual([2, 3, 1, 4, 0]);
  expect(places({ hidden: new Set([2]) })).toEqual([2, 4, 0]);
  expect(places({ sides: "truth" })).toEqual([2, 3]);
  expect(places({ sides: "predictions" })).toEqual([4, 0]);
});

test("each has the colour and the outcome of what became of it", () => {
  const found = drawnFrom(ALL, VIEW).map(({ outcome, color }) => [outcome, color]);
  expect(found).toEqual([
    ["found", OUTCOME_COLORS.found],
    ["missed", OUTCOME_COLORS.missed],
    ["false", OUTCOME_COLORS.false],
    ["found", OUTCOME_COLORS.found],
  ]);
});

test("what is not compared has the colour of its class and no outcome", () => {
  const [first] = drawnFrom(ALL, { ...VIEW, compares: false });
  expect(first).toMatchObject({ outcome: null, color: classColor(1), isTagged: true });
});

test("a label that was found has no tag of its own, unless labels stand alone", () => {
  expect(tags("both")).toEqual([false, true, true, true]);
  expect(tags("truth")).toEqual([true, true]);
});
