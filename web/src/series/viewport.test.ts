import { expect, test, vi } from "vitest";
import { movedWindow, roundedWindow, Viewport } from "./viewport";

test("without zoom the window is the union of what the charts hold", () => {
  const viewport = new Viewport();
  viewport.report("a", "step", [10, 50]);
  viewport.report("b", "step", [0, 20]);
  expect(viewport.window()).toEqual([0, 50]);
});

test("a zoomed window wins, and cut answers do not shrink the extent", () => {
  const viewport = new Viewport();
  viewport.report("a", "step", [0, 100]);
  viewport.show("step", [20, 30]);
  viewport.report("a", "step", [20, 30]);
  expect(viewport.window()).toEqual([20, 30]);
  expect(viewport.extent()).toEqual([0, 100]);
});

test("a new axis forgets the ends of the old one and takes none of its late answers", () => {
  const viewport = new Viewport();
  viewport.report("a", "step", [0, 5000]);
  viewport.show("epoch", null);
  viewport.report("a", "step", [0, 5000]);
  expect(viewport.window()).toBeNull();
});

test("listeners hear a change of the window, and nothing when it stays", () => {
  const viewport = new Viewport();
  const listener = vi.fn();
  viewport.subscribe(listener);
  viewport.report("a", "step", [0, 10]);
  viewport.report("b", "step", [2, 8]);
  viewport.show("step", null);
  expect(listener).toHaveBeenCalledTimes(1);
});

test("a window is rounded to what a screen can show", () => {
  expect(roundedWindow([479.16624, 1248.62915])).toEqual([479.2, 1248.6]);
  expect(roundedWindow([1_795_312_459.123456, 1_795_312_461.987654])).toEqual([1_795_312_459.123, 1_795_312_461.988]);
});

test("zooming keeps the middle", () => {
  expect(movedWindow([0, 100], [0, 100], { factor: 0.5, shift: 0 })).toEqual([25, 75]);
});

test("moving stops at the ends of the data", () => {
  expect(movedWindow([60, 80], [0, 100], { factor: 1, shift: 2 })).toEqual([80, 100]);
});

test("zooming out to everything is no zoom at all", () => {
  expect(movedWindow([25, 75], [0, 100], { factor: 2, shift: 0 })).toBeNull();
});

test("while a movement lasts its window is seen, and the one that it ends in afterwards", () => {
  const viewport = new Viewport();
  viewport.report("a", "step", [0, 100]);
  viewport.preview([10, 20]);
  expect(viewport.window()).toEqual([10, 20]);
  viewport.show("step", [10, 21]);
  expect(viewport.window()).toEqual([10, 21]);
  viewport.preview([50, 60]);
  viewport.preview(null);
  expect(viewport.window()).toEqual([10, 21]);
});

test("a chart on another axis has no part in the window", () => {
  const viewport = new Viewport();
  viewport.report("a", "step", [0, 100]);
  viewport.report("b", "~metrics/mAP50", [0, 1]);
  expect([viewport.window("step"), viewport.window("~metrics/mAP50")]).toEqual([[0, 100], null]);
});
