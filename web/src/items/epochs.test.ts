import { expect, test } from "vitest";
import type { MediaItem } from "../api/client";
import { epochOf, epochsOf, itemsAt } from "./epochs";

function item(id: number, name: string, epoch: number | null): MediaItem {
  return { run: "r", id, kind: "image", name, step: null, epoch, time: "", attempt: 1, superseded: false, facts: {}, parts: [] };
}

test("a fraction of an epoch belongs to the epoch that it is part of", () => {
  expect([0, 0.08, 1, 1.0000000000001, 1.5].map((epoch) => epochOf({ epoch }))).toEqual([0, 1, 1, 1, 2]);
  expect(epochOf({ epoch: null })).toBeNull();
});

test("epochs are listed once each, ascending", () => {
  expect(epochsOf([item(1, "a", 10), item(2, "b", 9.5), item(3, "a", 0), item(4, "c", null)])).toEqual([0, 10]);
});

test("at an epoch each name shows its newest item up to there", () => {
  const items = [item(1, "a", 1), item(2, "a", 5), item(3, "b", 5), item(4, "c", null)];
  const at = (epoch: number) => [...itemsAt(items, epoch).values()].map(({ id }) => id);
  expect(at(1)).toEqual([1, 4]);
  expect(at(7)).toEqual([2, 3, 4]);
});

test("of two items of one epoch the later counts", () => {
  expect(itemsAt([item(1, "a", 1), item(2, "a", 1)], 1).get("a")?.id).toBe(2);
});
