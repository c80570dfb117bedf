import { expect, test } from "vitest";
import { insidesOf, layersByQuantity } from "./groups";

const NAMES = [
  { kind: "histogram", name: "gradients/neck" },
  { kind: "histogram", name: "labels/train/width" },
  { kind: "histogram", name: "weights/head.box" },
  { kind: "histogram", name: "gradients/backbone.1" },
  { kind: "embedding", name: "embeddings" },
] as const;

test("layer groups are told by quantity in the order in which they came", () => {
  expect([...layersByQuantity(NAMES)]).toEqual([
    ["weights", ["head.box"]],
    ["gradients", ["neck", "backbone.1"]],
  ]);
});

test("there is only what the run has", () => {
  expect(insidesOf(NAMES)).toEqual(["histograms", "embedding"]);
  expect(insidesOf([{ kind: "graph", name: "model/graph" }])).toEqual(["graph"]);
  expect(insidesOf([])).toEqual([]);
});
