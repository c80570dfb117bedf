import { expect, test } from "vitest";
import { withoutToast, withToast, type Toast } from "./toast-list";

const toast = (id: number): Toast => ({ id, text: `toast ${id}` });

test("a fourth toast takes the place of the oldest", () => {
  const shown = [1, 2, 3, 4].map(toast).reduce<readonly Toast[]>(withToast, []);
  expect(shown).toEqual([toast(2), toast(3), toast(4)]);
});

test("a dismissed toast leaves the others", () => {
  expect(withoutToast([toast(1), toast(2)], 1)).toEqual([toast(2)]);
});
