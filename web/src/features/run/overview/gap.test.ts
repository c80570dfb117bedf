import { expect, test } from "vitest";
import { gapSeries } from "./gap";

const gap = (...names: string[]) => gapSeries(names.map((name) => ({ name })));

test("the gap is that of all components, or of the only one that both splits have", () => {
  expect(gap("train/box_loss", "val/box_loss", "train/cls_loss", "val/cls_loss")).toBe("derived/gap/total");
  expect(gap("train/box_loss", "val/box_loss", "val/cls_loss")).toBe("derived/gap/box");
  expect(gap("train/loss", "val/loss")).toBe("derived/gap/loss");
  expect([gap("train/box_loss"), gap("train/accuracy", "val/accuracy")]).toEqual([null, null]);
});
