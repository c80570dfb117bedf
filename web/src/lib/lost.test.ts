import { expect, test } from "vitest";
import { isIntended, isOfItems, lossesOf, rowsLost } from "./lost";

test("reasons are listed by their cost, those that cost nothing not at all", () => {
  const losses = lossesOf({ torn: 2, disk_full: 900, quota: 0, policy: 2 });
  expect(losses).toEqual([
    { reason: "disk_full", rows: 900 },
    { reason: "policy", rows: 2 },
    { reason: "torn", rows: 2 },
  ]);
  expect(rowsLost(losses)).toBe(904);
  expect(lossesOf({})).toEqual([]);
});

test("only what the policy leaves out is no alarm", () => {
  expect(isIntended(lossesOf({ policy: 3, thinned: 1 }))).toBe(true);
  expect(isIntended(lossesOf({ policy: 3, torn: 1 }))).toBe(false);
});

test("what costs images and tables only is told apart from what leaves gaps in curves", () => {
  expect(isOfItems(lossesOf({ item_disk: 3, too_many_items: 1 }))).toBe(true);
  expect(isOfItems(lossesOf({ item_disk: 3, torn: 1 }))).toBe(false);
  expect(isIntended(lossesOf({ item_policy: 3, item_rate: 1, refused_by_policy: 2 }))).toBe(true);
  expect(isIntended(lossesOf({ item_disk: 1 }))).toBe(false);
});
