import { expect, test } from "vitest";
import { lineColor } from "../palette";
import { embeddingOption, symbolOf, type EmbeddingInput } from "./embedding";

const INPUT: EmbeddingInput = {
  points: [
    [0, 1],
    [2, 3],
    [4, 5],
  ],
  groups: [
    { kind: 0, members: [0, 2] },
    { kind: 1, members: [1] },
  ],
  selected: null,
  x: [-1, 6],
  y: [0, 8],
  theme: "dark",
};

test("each class is a series with a colour and a sign of its own", () => {
  expect(embeddingOption(INPUT)).toMatchObject({
    xAxis: { min: -1, max: 6 },
    yAxis: { min: 0, max: 8 },
    series: [
      { symbol: "circle", itemStyle: { color: lineColor("dark", 0) }, data: [{ value: [0, 1] }, { value: [4, 5] }] },
      { symbol: "rect", itemStyle: { color: lineColor("dark", 1) }, data: [{ value: [2, 3] }] },
    ],
  });
});

test("what is not selected is faint", () => {
  const option = embeddingOption({ ...INPUT, selected: new Set([2]) });
  expect(option.series).toMatchObject([{ data: [{ itemStyle: { opacity: 0.12 } }, { itemStyle: { opacity: 1 } }] }, { data: [{ itemStyle: { opacity: 0.12 } }] }]);
});

test("points of no class look like the first one", () => {
  expect([symbolOf(-1), symbolOf(6)]).toEqual(["circle", "circle"]);
});
