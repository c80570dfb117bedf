import { expect, test } from "vitest";
import type { MediaName } from "../../api/client";
import { hasFiles, hasKinds, hasModel, isFile } from "./items-there";

const named = (kind: MediaName["kind"], name: string) => ({ kind, name });

test("a tab of pictures is there with the first picture", () => {
  expect(hasKinds("image")({ items: [named("matrix", "confusion")] })).toBe(false);
  expect(hasKinds("image")({ items: [named("image", "predictions/0")] })).toBe(true);
});

test("the inside of the model is histograms of its layers, its graph and its embeddings", () => {
  expect(hasModel({ items: [named("histogram", "labels/train/width")] })).toBe(false);
  expect(hasModel({ items: [named("histogram", "gradients/neck")] })).toBe(true);
  expect(hasModel({ items: [named("graph", "model/graph")] })).toBe(true);
});

test("files are tables, texts, figures, artifacts and summaries that no other tab shows", () => {
  const shown = [named("table", "classes"), named("matrix", "mine"), named("histogram", "val/iou"), named("artifact", "best.pt")];
  const elsewhere = [named("matrix", "confusion"), named("curve", "curves/F1"), named("histogram", "weights/neck"), named("image", "a")];
  expect(shown.every(isFile)).toBe(true);
  expect(elsewhere.some(isFile)).toBe(false);
  expect(hasFiles({ items: elsewhere })).toBe(false);
});
