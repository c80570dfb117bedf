import { expect, test } from "vitest";
import type { MediaItem, Table } from "../../../../api/client";
import { bars, facts, labelsOf, rangeAt, type Labels } from "./derive";

const none: Labels = { images: null, withoutLabels: null, instances: null, small: null, large: null, byClass: new Map() };
const train: Labels = { images: 1000, withoutLabels: 90, instances: 1000, small: 400, large: 100, byClass: new Map([[0, 900], [1, 80], [2, 20]]) };
const val: Labels = { images: 100, withoutLabels: 1, instances: 100, small: 50, large: 1, byClass: new Map([[0, 70], [1, 30], [2, 0]]) };

const item = (name: string, columns: Table["columns"]): [string, MediaItem] => [
  name,
  { run: "r", id: 1, kind: "table", name, step: 0, epoch: 0, time: "", attempt: 1, superseded: false, facts: {}, parts: [], data: { type: "table", columns } },
];

test("a set is read from its tables; a classifier's has classes alone", () => {
  const classes = item("labels/train/classes", [{ name: "class", classes: [0, 1], titles: [null, null] }, { name: "instances", numbers: [3, 4] }]);
  expect(labelsOf(new Map([classes]), "train")).toEqual({ ...none, instances: 7, byClass: new Map([[0, 3], [1, 4]]) });
  const images = item("labels/val/images", [{ name: "images", numbers: [5] }, { name: "without_labels", numbers: [1] }, { name: "instances", numbers: [9] }]);
  expect(labelsOf(new Map([images]), "val")).toEqual({ ...none, images: 5, withoutLabels: 1, instances: 9 });
});

test("classes stand by their instances in the training", () => {
  expect(bars(train, val)).toEqual([
    { number: 0, train: 900, val: 70 },
    { number: 1, train: 80, val: 30 },
    { number: 2, train: 20, val: 0 },
  ]);
});

test("what stands out is said with its numbers", () => {
  expect(facts(train, val)).toEqual([
    { kind: "imbalance", most: 0, mostCount: 900, least: 2, leastCount: 20, ratio: 45 },
    { kind: "never", split: "val", numbers: [2] },
    { kind: "shift", number: 1, train: 0.08, val: 0.3 },
    { kind: "small", split: "train", count: 400, of: 1000 },
    { kind: "unlabelled", split: "train", count: 90, of: 1000 },
  ]);
  expect(facts(none, none)).toEqual([]);
});

test("a bin goes from its edge to the next", () => {
  const edges = { edges: [0, 16, 32] };
  expect([rangeAt(edges, 1), rangeAt(edges, 2)]).toEqual([[16, 32], null]);
});
