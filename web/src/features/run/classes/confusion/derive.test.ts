import { expect, test } from "vitest";
import type { Matrix } from "../../../../api/client";
import { confusionOf, mixAt, placeOf, rightShare, sharesOf, topMixes, trendEpochs } from "./derive";

const labels = (name: string) => ({ name, classes: [0, 1, -1], titles: ["dent", "crack", null], texts: [] });

/** Of 80 dents 60 were found, 12 were taken for cracks, 8 were missed; 5 cracks were seen where nothing is. */
const matrix: Matrix = {
  type: "matrix",
  height: 3,
  width: 3,
  values: [
    [60, 0, 0],
    [12, 20, 5],
    [8, 0, 0],
  ],
  rows: labels("predicted"),
  columns: labels("true"),
};

const confusion = () => {
  const found = confusionOf(matrix);
  if (!found) throw new Error("no matrix");
  return found;
};

test("rows are predictions and columns truths", () => {
  expect([...confusion().truths]).toEqual([80, 20, 5]);
  expect([...confusion().predictions]).toEqual([60, 37, 8]);
  expect(mixAt(confusion(), 1, 0)).toEqual({ predicted: 1, true: 0, count: 12, of: 80 });
});

test("a matrix that was logged the other way round is turned", () => {
  const turned = { ...matrix, values: [[60, 12, 8], [0, 20, 0], [0, 5, 0]], rows: labels("true"), columns: labels("predicted") };
  expect(confusionOf(turned)).toEqual(confusion());
});

test("a matrix of different rows and columns is no confusion", () => {
  expect(confusionOf({ ...matrix, columns: { ...labels("true"), classes: [0, 2, -1] } })).toBeNull();
});

test("what was seen where nothing is counts of that class's predictions", () => {
  expect(mixAt(confusion(), 1, 2)).toEqual({ predicted: 1, true: -1, count: 5, of: 37 });
});

test("the top mistakes are those between classes, or those with background", () => {
  expect(topMixes(confusion(), "classes", 5)).toEqual([{ predicted: 1, true: 0, count: 12, of: 80 }]);
  expect(topMixes(confusion(), "background", 5).map(({ count }) => count)).toEqual([8, 5]);
});

test("cells are as strong as their share", () => {
  const size = 3;
  expect(sharesOf(confusion(), "true")[size]).toBeCloseTo(12 / 80);
  expect(sharesOf(confusion(), "predicted")[size]).toBeCloseTo(12 / 37);
  expect(sharesOf(confusion(), undefined)[size]).toBeCloseTo(Math.sqrt(12 / 60));
});

test("right is what was there and was called so", () => {
  expect(rightShare(confusion())).toBeCloseTo(80 / 100);
});

test("a class has its place, another none", () => {
  expect([placeOf(confusion(), { predicted: 1, true: -1 }), placeOf(confusion(), { predicted: 9, true: 0 })]).toEqual([{ row: 1, column: 2 }, null]);
});

test("a trend of large matrices reads a few of them, first and last among them", () => {
  const epochs = Array.from({ length: 100 }, (_, at) => at + 1);
  expect(trendEpochs(epochs, 12)).toEqual(epochs);
  expect(trendEpochs(epochs, 301)).toEqual([1, 21, 41, 60, 80, 100]);
});
