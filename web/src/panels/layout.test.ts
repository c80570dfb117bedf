import { expect, test } from "vitest";
import { EMPTY_LAYOUT, inOrder, movedTo, nearestHeight, parseLayout, plotHeight, shortOrder, sizeOf, withHidden, withOrder, withPin, withShown, withSize } from "./layout";

test("what was remembered comes back, what is not understood is left out", () => {
  const layout = withPin(withOrder(withSize(EMPTY_LAYOUT, "a", { width: 3, height: 4 }), "loss", ["b", "a"]), "a");
  expect(parseLayout(JSON.stringify(layout))).toEqual(layout);
  expect(parseLayout('{"sizes":{"a":{"width":9,"height":1},"b":3},"order":[],"pinned":"x","hidden":[1,"h"]}')).toEqual({ ...EMPTY_LAYOUT, hidden: ["h"] });
  expect([parseLayout(null), parseLayout("{"), parseLayout("[]")]).toEqual([EMPTY_LAYOUT, EMPTY_LAYOUT, EMPTY_LAYOUT]);
});

test("a chart is never wider than the grid, and keeps its width for a wider one", () => {
  const layout = withSize(EMPTY_LAYOUT, "a", { width: 3, height: 3 });
  expect([sizeOf(layout, "a", 1), sizeOf(layout, "a", 4), sizeOf(layout, "b", 4)]).toEqual([
    { width: 1, height: 3 },
    { width: 3, height: 3 },
    { width: 1, height: 2 },
  ]);
});

test("the usual size is not worth remembering", () => {
  expect(withSize(withSize(EMPTY_LAYOUT, "a", { width: 2, height: 2 }), "a", { width: 1, height: 2 })).toEqual(EMPTY_LAYOUT);
});

test("heights are steps", () => {
  expect([nearestHeight(0), nearestHeight(200), nearestHeight(280), nearestHeight(9_000), plotHeight({ width: 1, height: 3 })]).toEqual([1, 2, 3, 4, 330]);
});

test("pinning and hiding are taken back by the same step", () => {
  expect(withPin(withPin(EMPTY_LAYOUT, "a"), "a")).toEqual(EMPTY_LAYOUT);
  expect(withHidden(EMPTY_LAYOUT, "a").hidden).toEqual(["a"]);
  expect(withShown({ ...EMPTY_LAYOUT, hidden: ["a", "b"] }, ["a", "c"]).hidden).toEqual(["b"]);
});

test("a chart that is new takes its place among those that were moved", () => {
  expect(inOrder(["a", "b", "c", "d"], ["c", "a", "gone"])).toEqual(["c", "d", "a", "b"]);
  expect(inOrder(["new", "a"], ["a"])).toEqual(["new", "a"]);
  expect(inOrder(["a", "b"], [])).toEqual(["a", "b"]);
});

test("an order is told by as few keys as make it", () => {
  const keys = ["a", "b", "c", "d"];
  expect([shortOrder(keys, ["d", "a", "b", "c"]), shortOrder(keys, keys), shortOrder(keys, ["b", "a", "c", "d"])]).toEqual([["d", "a"], [], ["b", "a", "c"]]);
  expect(shortOrder(keys, ["gone", "a", "b", "c", "d"])).toEqual(["gone"]);
  for (const chosen of [["d", "c", "b", "a"], ["c", "a", "d", "b"], ["b", "d", "a", "c"], ["a", "c", "d", "b"]])
    expect(inOrder(keys, shortOrder(keys, chosen))).toEqual(chosen);
});

test("a chart moves to a place among the others", () => {
  expect([movedTo(["a", "b", "c"], "c", 0), movedTo(["a", "b", "c"], "a", 1), movedTo(["a", "b"], "a", 9)]).toEqual([
    ["c", "a", "b"],
    ["b", "a", "c"],
    ["b", "a"],
  ]);
});

test("the order of the pins is that of the pins; pins of other runs stay", () => {
  expect(withOrder({ ...EMPTY_LAYOUT, pinned: ["a", "b", "other"] }, "pinned", ["b", "a"]).pinned).toEqual(["b", "a", "other"]);
});
