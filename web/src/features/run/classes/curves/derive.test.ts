import { expect, test } from "vitest";
import { bestsOf, curveLinesOf, curvesOf, peakOf, valueAt } from "./derive";

const x = [0, 0.5, 1];
const f1 = curvesOf({
  type: "curve",
  x,
  y: [
    [0.2, 0.8, 0],
    [0.5, 0.3, "NaN"],
    [0.35, 0.55, 0],
  ],
  curves: { name: "", classes: [4, 7, -2], titles: [null, null, null], texts: [] },
  x_name: "confidence",
  y_name: "F1",
});
const recall = { x, of: new Map([[4, [1, 0.7, 0]], [7, [0.9, 0.2, 0]], [-2, [0.95, 0.45, 0]]]) };

test("the peak is where a curve is highest, and nothing has none", () => {
  expect(peakOf(x, [0.2, 0.8, 0])).toEqual({ x: 0.5, y: 0.8 });
  expect([peakOf([], []), peakOf(x, [Number.NaN])]).toEqual([null, null]);
});

test("a value is that of the nearest place", () => {
  expect([valueAt(x, [1, 2, 3], 0.6), valueAt(x, undefined, 0.6)]).toEqual([2, Number.NaN]);
});

test("each class says at which confidence it is best, all together first", () => {
  expect(bestsOf(f1, null, recall)).toEqual([
    { number: -2, confidence: 0.5, f1: 0.55, precision: Number.NaN, recall: 0.45 },
    { number: 7, confidence: 0, f1: 0.5, precision: Number.NaN, recall: 0.9 },
    { number: 4, confidence: 0.5, f1: 0.8, precision: Number.NaN, recall: 0.7 },
  ]);
});

const nameOf = (number: number) => (number === -2 ? "all" : `class ${number}`);

test("chosen classes keep their colour, and what is compared with is dashed", () => {
  const lines = curveLinesOf(f1, { strong: [7], nameOf, ghost: { curves: recall, label: "epoch 3" } });
  expect(lines.map(({ id, label, look, color }) => [id, label, look, color])).toEqual([
    ["4", "class 4", "faint", 0],
    ["7", "class 7", "strong", 0],
    ["-2", "all", "main", null],
    ["7-ghost", "class 7 · epoch 3", "ghost", 0],
    ["-2-ghost", "all · epoch 3", "ghost", null],
  ]);
});
