import { expect, test } from "vitest";
import { progressOf, tagsShown } from "./derive";
import { runOf } from "./testing";

test("progress is unknown without a plan and never above one", () => {
  expect([runOf("a"), runOf("a", { epochs: null }), runOf("a", { epoch: 12 })].map(progressOf)).toEqual([0.3, null, 1]);
});

test("tags that have no room are counted", () => {
  expect(tagsShown(["night", "划痕/轻微 (A)", "x"], 2)).toEqual({ shown: ["night", "划痕/轻微 (A)"], more: 1 });
  expect(tagsShown([], 2)).toEqual({ shown: [], more: 0 });
});
