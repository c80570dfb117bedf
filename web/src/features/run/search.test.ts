import { expect, test } from "vitest";
import { parseRunSearch, windowOf } from "./search";

test("a full view is read back from the address", () => {
  const view = { tab: "config", x: "elapsed", scale: "log", smooth: 0.6, superseded: true, from: 10, to: 20, closed: ["lr"] };
  expect(parseRunSearch(view)).toEqual(view);
});

test("defaults and nonsense leave nothing in the address", () => {
  expect(parseRunSearch({ tab: "x", x: "step", scale: "linear", smooth: 0, superseded: false, from: 5, to: 5, closed: ["nope"] })).toEqual({});
  expect(parseRunSearch({ smooth: 7 })).toEqual({ smooth: 0.99 });
});

test("half a window is none", () => {
  expect(windowOf(parseRunSearch({ from: 3 }))).toBeNull();
});
