import { expect, test } from "vitest";
import { functionOf, orderOf, sortFrom, termsOf, withoutTermAt } from "./terms";

test("a list is split at its own commas only", () => {
  expect(termsOf("best(metrics/mAP50-95), `class/a,b/AP50` ,,config.lr0")).toEqual(["best(metrics/mAP50-95)", "`class/a,b/AP50`", "config.lr0"]);
});

test("an order is read and written", () => {
  const order = [
    { term: "best(metrics/mAP50)", descending: true },
    { term: "created", descending: false },
  ];
  expect(orderOf("-best(metrics/mAP50),created")).toEqual(order);
  expect([sortFrom(order), sortFrom([]), orderOf(undefined)]).toEqual(["-best(metrics/mAP50),created", undefined, []]);
});

test("the term at a place counted in code points is taken out", () => {
  expect(withoutTermAt("`𝒜/x`,config.lr0,loss", 7)).toBe("`𝒜/x`,loss");
  expect(withoutTermAt("a,b", 1)).toBe("b");
});

test("a function and its series are told apart", () => {
  expect(functionOf("best(`class/traffic light/AP50`)")).toEqual({ of: "best", name: "class/traffic light/AP50" });
  expect(functionOf("metrics/mAP50")).toEqual({ of: null, name: "metrics/mAP50" });
});
