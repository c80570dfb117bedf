import { expect, test } from "vitest";
import { offWith, parseChartSearch } from "./chart-search";

test("a full view is read back from the address", () => {
  const view = {
    x: "~metrics/mAP50",
    scale: "log",
    smooth: 0.6,
    by: "median",
    clip: true,
    find: "^val/",
    chart: "loss/box_loss",
    own: { "loss/box_loss": "log,y0:5" },
  };
  expect(parseChartSearch(view)).toEqual(view);
});

test("defaults and nonsense leave nothing in the address", () => {
  expect(parseChartSearch({ x: "step", scale: "linear", smooth: 0, by: "ema", clip: false, find: " ", chart: "", own: { a: "nope", b: 3 } })).toEqual({});
  expect(parseChartSearch({ x: "sideways", smooth: 7, own: ["log"], chart: 12, find: 50 })).toEqual({ smooth: 0.99, chart: "12", find: "50" });
});

test("lines that are switched off stand in the address, by chart", () => {
  expect(parseChartSearch({ off: { lr: ["lr/bias", 3], "loss/box_loss": [], bad: "x" } })).toEqual({ off: { lr: ["lr/bias"] } });
  expect(offWith({ off: { a: ["1"] } }, "b", ["2"])).toEqual({ a: ["1"], b: ["2"] });
  expect(offWith({ off: { a: ["1"] } }, "a", [])).toBeUndefined();
});
