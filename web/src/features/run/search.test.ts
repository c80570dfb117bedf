import { expect, test } from "vitest";
import { matching, rowsOf } from "./config-rows";
import { parseRunSearch, windowOf } from "./search";

test("a full view is read back from the address", () => {
  const view = { tab: "config", x: "elapsed", scale: "log", smooth: 0.6, from: 10, to: 20, closed: ["lr"] };
  expect(parseRunSearch(view)).toEqual(view);
});

test("defaults and nonsense leave nothing in the address", () => {
  expect(parseRunSearch({ tab: "x", x: "step", scale: "linear", smooth: 0, from: 5, to: 5, closed: ["nope"] })).toEqual({});
  expect(parseRunSearch({ smooth: 7 })).toEqual({ smooth: 0.99 });
});

test("half a window is none", () => {
  expect(windowOf(parseRunSearch({ from: 3 }))).toBeNull();
});

test("nested settings become dotted keys, values stay readable", () => {
  const rows = rowsOf({ lr0: 0.01, aug: { mosaic: true, hsv: { h: 0.1 } }, classes: [1, 2], resume: null, empty: {} });
  expect(rows).toEqual([
    { key: "lr0", value: "0.01" },
    { key: "aug.mosaic", value: "true" },
    { key: "aug.hsv.h", value: "0.1" },
    { key: "classes", value: "[1,2]" },
    { key: "resume", value: "null" },
    { key: "empty", value: "{}" },
  ]);
  expect(matching(rows, " HSV ").map((row) => row.key)).toEqual(["aug.hsv.h"]);
});
