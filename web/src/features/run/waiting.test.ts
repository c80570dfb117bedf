import { expect, test } from "vitest";
import { waitingShare } from "./waiting";

test("the share is that of late, not of the beginning that fills caches", () => {
  const waits = { mean: [9, 9, 9, 1], count: [1, 1, 1, 10] };
  const works = { mean: [1, 1, 1, 3], count: [1, 1, 1, 10] };
  expect(waitingShare(waits, works)).toBe(0.25);
});

test("nothing measured is no share", () => {
  const none = { mean: [], count: [] };
  expect([waitingShare(none, none), waitingShare({ mean: [Number.NaN], count: [1] }, none)]).toEqual([null, null]);
});
