import { expect, test } from "vitest";
import { added, removed, withToggled } from "./choice";

test("a run that leaves takes its colour with it and leaves the others theirs", () => {
  expect(removed(["a", "b", "c"], "b", { hidden: ["b"], baseline: "b" })).toEqual({ run: ["a", "c"], slots: [0, 2], hidden: undefined, baseline: undefined });
});

test("a run that comes takes the first free colour, once", () => {
  expect(added(["a", "c"], [0, 2], ["d", "a", "e"])).toEqual({ run: ["a", "c", "d", "e"], slots: [0, 2, 1, 3] });
});

test("no more than a hundred runs are taken", () => {
  const runs = Array.from({ length: 99 }, (_, at) => `r${at}`);
  expect(added(runs, undefined, ["x", "y"]).run).toHaveLength(100);
});

test("what is toggled last leaves nothing in the address", () => {
  expect(withToggled(["a"], "a")).toBeUndefined();
  expect(withToggled(["a"], "b")).toEqual(["a", "b"]);
});
