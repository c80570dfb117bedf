import { expect, test } from "vitest";
import { labelWidth, shortened } from "./heat-paint";

test("a long name keeps both ends", () => {
  expect(shortened("class number 017", 8)).toBe("clas… 017");
  expect(shortened("abc", 1)).toBe("a…");
});

test("a heat map without labels needs no room for them", () => {
  expect(labelWidth([], 100)).toBe(1);
});
