import { expect, test } from "vitest";
import { bandsOption, heightOf, outlineOf, ridgeOption, type RidgeInput } from "./ridge";

const INPUT: RidgeInput = {
  rows: [
    { epoch: "1", shares: [0.5, 0.5], said: "first" },
    { epoch: "5", shares: [0, 1], said: "second" },
  ],
  range: [-1, 1],
  tick: (place) => `<${place}>`,
  most: 1,
  log: false,
  theme: "light",
};

test("a share is as high as it is of the greatest, or by its logarithm", () => {
  expect([heightOf(0.25, 0.5, false), heightOf(0, 0.5, false), heightOf(0, 0.5, true), heightOf(0.5, 0.5, true)]).toEqual([0.5, 0, 0, 1]);
  expect(heightOf(1e-3, 1e-1, true)).toBeCloseTo(0.5);
});

test("a ridge goes through the middles of its bins and is closed along its base", () => {
  expect(outlineOf([0, 1], [0, 100], 50, 20)).toEqual([
    [0, 50],
    [25, 50],
    [75, 30],
    [100, 50],
  ]);
});

test("ridges stand one below the other, the newest at the bottom, with room above the first", () => {
  expect(ridgeOption(INPUT)).toMatchObject({
    xAxis: { min: -1, max: 1 },
    yAxis: { inverse: true, data: ["", "", "1", "5"] },
    series: [{ type: "custom", data: [[-1, 2], [-1, 3]] }],
  });
});

test("bands are bins by epochs, their places said as the axis says them", () => {
  expect(bandsOption(INPUT)).toMatchObject({
    xAxis: { data: ["1", "5"] },
    yAxis: { data: ["<-0.5>", "<0.5>"] },
    series: [{ type: "heatmap", data: [[0, 0, 0.5], [0, 1, 0.5], [1, 0, 0], [1, 1, 1]] }],
  });
});
