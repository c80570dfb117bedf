import { expect, test } from "vitest";
import type { MediaItem } from "../api/client";
import type { Annotation, Box } from "./annotations";
import type { Embedding } from "./content";
import { seenFrom } from "./embedding-pictures";

function picture(id: number, boxes: readonly Box[]) {
  const item: MediaItem = { run: "r", id, kind: "image", name: `predictions/${id}`, step: null, epoch: null, time: "", attempt: 1, superseded: false, facts: {}, parts: [] };
  const annotations = boxes.map((box, at): Annotation => ({ at, box, kind: 1, title: null, score: null, isTruth: true, outline: [], keypoints: [] }));
  return { item, annotations };
}

function embedding(images: readonly number[], xyxy: readonly Box[]): Embedding {
  return { dimensions: 2, classes: images.map(() => 1), titles: images.map(() => null), images, xyxy };
}

const FIRST: Box = [10, 20, 30, 50];
const SECOND: Box = [40, 40, 70, 60];
const shifted = ([a, b, c, d]: Box, by: number): Box => [a, b + by, c, d + by];

test("an image is recognised by all of its labels, padding aside", () => {
  const points = embedding([7, 7], [shifted(FIRST, 12), shifted(SECOND, 12)]);
  const seen = seenFrom(points, [picture(0, [SECOND]), picture(1, [FIRST, SECOND])]);
  expect([...seen].map(([at, { item, label }]) => [at, item.name, label.at])).toEqual([
    [0, "predictions/1", 0],
    [1, "predictions/1", 1],
  ]);
});

test("a picture that lacks one of the labels is another one", () => {
  expect(seenFrom(embedding([7, 7], [FIRST, SECOND]), [picture(0, [FIRST])]).size).toBe(0);
});

test("labels that moved apart are those of another picture", () => {
  expect(seenFrom(embedding([7, 7], [shifted(FIRST, 3), shifted(SECOND, 9)]), [picture(0, [FIRST, SECOND])]).size).toBe(0);
});
