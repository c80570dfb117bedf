import { expect, test } from "vitest";
import { matches, rowOf } from "./rows";

const difference = { section: "config" as const, key: "lr0", values: new Map<string, unknown>([["a", 0.1], ["b", 0.2], ["c", 0.1], ["e", null]]) };

test("runs with the same value stand together, the most frequent first, and a missing key is not null", () => {
  expect(rowOf(difference, ["a", "b", "c", "d", "e"])?.cells).toEqual([
    { text: "0.1", isThere: true, runs: ["a", "c"] },
    { text: "0.2", isThere: true, runs: ["b"] },
    { text: "", isThere: false, runs: ["d"] },
    { text: "null", isThere: true, runs: ["e"] },
  ]);
});

test("runs that are equal in it make no row", () => {
  expect(rowOf(difference, ["a", "c"])).toBeNull();
});

test("what is searched stands in the key or in a value", () => {
  expect([matches("data.mosaic", ["1"], "MOSAIC"), matches("lr0", ["SGD"], "sgd"), matches("lr0", ["1"], "x"), matches("lr0", [], " ")]).toEqual([true, true, false, true]);
});
