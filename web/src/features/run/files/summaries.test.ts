import { expect, test } from "vitest";
import type { Curve, Matrix } from "../../../api/client";
import { barsFrom, curvesFrom, heatFrom, labelsFrom } from "./summaries";

const labelOf = (kind: number, title: string | null | undefined) => title ?? `class ${kind}`;
const PLAIN = { name: "", classes: [], titles: [], texts: [] };
const LOOK = { theme: "light", locale: "en" } as const;

test("places are called by class, by text, or by number", () => {
  expect(labelsFrom({ ...PLAIN, classes: [3, -1], titles: ["dent", null] }, 2, labelOf)).toEqual(["dent", "class -1"]);
  expect(labelsFrom({ ...PLAIN, texts: ["a", "b"] }, 2, labelOf)).toEqual(["a", "b"]);
  expect(labelsFrom(PLAIN, 2, labelOf)).toEqual(["0", "1"]);
});

test("a matrix is shaded by the size of its values, and what is below zero is warm", () => {
  const matrix: Matrix = { type: "matrix", height: 1, width: 3, values: [[2, -4, "NaN"]], rows: PLAIN, columns: PLAIN };
  const heat = heatFrom(matrix, labelOf, "en");
  expect(Array.from(heat.shares)).toEqual([0.5, 1, NaN]);
  expect([heat.tintOf(0, 0), heat.tintOf(0, 1)]).toEqual(["cool", "warm"]);
  expect([heat.textOf(0, 1), heat.textOf(0, 2)]).toEqual(["-4", "NaN"]);
});

test("each curve has the colour of its class, that of all classes is the main one", () => {
  const curve: Curve = { type: "curve", x: [0, 1], y: [[1, "NaN"], [2, 3]], curves: { ...PLAIN, classes: [4, -2], titles: ["dent", null] }, x_name: "recall", y_name: "precision" };
  expect(curvesFrom(curve, labelOf, LOOK)).toMatchObject({
    xName: "recall",
    lines: [
      { label: "dent", y: [1, NaN], look: "strong", color: 4 },
      { label: "class -2", y: [2, 3], look: "main", color: null },
    ],
  });
});

test("a histogram is one set of bars", () => {
  const histogram = { type: "histogram" as const, edges: [0, 1, 2], counts: [3, 4], total: 7, nan: 0, inf: 0, least: 0, most: 2, mean: 1, deviation: 1 };
  expect(barsFrom(histogram, { x: "val/iou", y: "values" }, LOOK)).toMatchObject({ edges: [0, 1, 2], sets: [{ label: "values", counts: [3, 4] }] });
});
