import { expect, test } from "vitest";
import { changed, parseClassesSearch } from "./search";

test("a full view is read back from the address", () => {
  const view = {
    part: "confusion",
    measure: "AP50",
    order: "fallen",
    epoch: 12,
    name: "划痕/轻微 (A)",
    curve: "F1",
    suffix: "mask",
    strong: [0, 7],
    against: 3,
    other: "0123",
    share: "true",
    cell: { predicted: 2, true: -1 },
    stacked: false,
  };
  expect(parseClassesSearch(view)).toEqual(view);
});

test("nonsense leaves nothing in the address", () => {
  expect(parseClassesSearch({ part: "x", epoch: -1, strong: ["a", -4], cell: { predicted: 1 }, name: "", stacked: true })).toBeUndefined();
  expect(parseClassesSearch("ap")).toBeUndefined();
});

test("a class that is called by a number keeps its name", () => {
  expect(parseClassesSearch({ name: 3 })).toEqual({ name: "3" });
});

test("a change takes out what it makes undefined", () => {
  expect(changed({ part: "ap", epoch: 3 }, { epoch: undefined })).toEqual({ part: "ap" });
  expect(changed({ epoch: 3 }, { epoch: undefined })).toBeUndefined();
});
