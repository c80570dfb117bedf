import { expect, test } from "vitest";
import { binLabel, histogramBars, percentages, usedBins } from "./histogram-bars";

const sets = [
  { label: "train", counts: [0, 3, 1, 0] },
  { label: "val", counts: [0, 0, 4, 0] },
];

test("bins that nobody uses at the ends are left out", () => {
  expect(usedBins(sets, 4)).toEqual([1, 2]);
  expect(usedBins([{ label: "train", counts: [0, 0] }], 2)).toEqual([0, 1]);
});

test("sets of different size are compared by their percentages", () => {
  expect(percentages([3, 1])).toEqual([75, 25]);
  expect(percentages([0, 0])).toEqual([0, 0]);
});

test("a bin is called by its ends, and by its number where it holds one", () => {
  expect([binLabel([0, 2, 4], 1, "en"), binLabel([3, 4], 0, "en")]).toEqual(["2–4", "3"]);
});

test("the first set is bars, the second a line over them", () => {
  const option = histogramBars({ edges: [0, 1, 2, 3, 4], sets, xName: "objects", yName: "share", theme: "light", locale: "en" });
  const series = Array.isArray(option.series) ? option.series : [];
  expect(series.map(({ type, name, data }) => ({ type, name, data }))).toEqual([
    { type: "bar", name: "train", data: [75, 25] },
    { type: "line", name: "val", data: [0, 100] },
  ]);
  expect(option.xAxis).toMatchObject({ data: ["1", "2"] });
});
