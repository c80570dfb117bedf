import { expect, test } from "vitest";
import { parallelOption } from "./parallel";
import { scatterOption } from "./scatter";
import { shade, shades } from "./shade";

const format = String;

test("words make an axis of categories, numbers one of values or of powers", () => {
  const axes = [
    { id: "a", label: "model", categories: ["n", "s"], log: false },
    { id: "b", label: "lr0", categories: [], log: true },
    { id: "c", label: "a very long name of a metric", categories: [], log: false },
  ];
  const option = parallelOption({ axes, lines: [], theme: "light", format });
  const [first, second, third] = [option.parallelAxis].flat();
  expect([first?.type, second?.type, third?.type, third?.name]).toEqual(["category", "log", "value", "a very long n…"]);
});

test("a line outside the ranges is pale, and a missing place is a gap", () => {
  const lines = [{ name: "a", places: [1, null], tone: 1, within: false }];
  const option = parallelOption({ axes: [], lines, theme: "dark", format });
  expect(option.series).toMatchObject([{ data: [{ name: "a", value: [1, "-"], lineStyle: { color: shade(1, "dark"), opacity: 0.08 } }] }]);
});

test("points stand at their values, and one without a tone is grey", () => {
  const axis = { label: "x", categories: [], log: false };
  const option = scatterOption({ x: axis, y: axis, points: [{ name: "<b>", x: 1, y: 2, tone: null }], theme: "light", format });
  expect(option.series).toMatchObject([{ data: [{ value: [1, 2], itemStyle: { color: "#5a6472" } }] }]);
});

test("shades go from one end to the other and stay within", () => {
  expect([shade(0, "light"), shade(1, "light"), shade(2, "light")]).toEqual(["rgb(158, 168, 184)", "rgb(86, 20, 110)", "rgb(86, 20, 110)"]);
  expect(shades("dark")).toContain("linear-gradient");
});
