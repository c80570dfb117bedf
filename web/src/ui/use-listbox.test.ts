import { expect, test } from "vitest";
import { stepped } from "./use-listbox";

test("arrows go around the ends of the list", () => {
  expect(stepped(-1, 3, 1)).toBe(0);
  expect(stepped(-1, 3, -1)).toBe(2);
  expect(stepped(2, 3, 1)).toBe(0);
  expect(stepped(0, 3, -1)).toBe(2);
  expect(stepped(-1, 0, 1)).toBe(-1);
});
