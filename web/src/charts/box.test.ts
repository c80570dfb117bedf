import { expect, test } from "vitest";
import { boxOf } from "./box";
import { stretchedWindow, yFromPy, type Plot } from "./plot";

const at = (px: number, py: number) => ({ px, py });

test("a click chooses nothing", () => {
  expect(boxOf(at(50, 50), at(53, 52))).toBeNull();
});

test("a drag along x chooses x, though the hand strays", () => {
  expect(boxOf(at(150, 40), at(50, 60))).toEqual({ x: [50, 150], y: null });
});

test("a drag along y chooses y", () => {
  expect(boxOf(at(50, 120), at(60, 20))).toEqual({ x: null, y: [20, 120] });
});

test("a diagonal drag chooses both", () => {
  expect(boxOf(at(10, 10), at(110, 90))).toEqual({ x: [10, 110], y: [10, 90] });
});

const plot: Plot = { left: 50, top: 10, width: 100, height: 200, x: [0, 1000], y: [0, 2], log: false };

test("a height is a value, on a logarithmic axis a power of ten", () => {
  expect(yFromPy(plot, 110)).toBe(1);
  expect(yFromPy({ ...plot, log: true }, 110)).toBe(10);
});

test("dragging moves the window the other way", () => {
  expect(stretchedWindow(plot, [100, 110], [120, 130])).toEqual([-200, 800]);
});

test("two fingers drawn apart come closer, about what they hold", () => {
  expect(stretchedWindow(plot, [90, 110], [80, 120])).toEqual([250, 750]);
});

test("fingers that cross change nothing", () => {
  expect(stretchedWindow(plot, [90, 110], [120, 80])).toEqual([0, 1000]);
});
