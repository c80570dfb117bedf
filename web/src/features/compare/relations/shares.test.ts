import { expect, test } from "vitest";
import type { Axis } from "../axes";
import { endsOf, shareOf } from "./shares";

const axis = (values: Record<string, number>, log = false): Axis => ({ id: "x", label: "x", isResult: false, categories: [], log, values: new Map(Object.entries(values)) });

test("a share is where a value lies between the ends, by powers on a logarithmic axis", () => {
  expect(shareOf(axis({ a: 0, b: 5, c: 20 }), "b")).toBe(0.25);
  expect(shareOf(axis({ a: 0.001, b: 0.01, c: 0.1 }, true), "b")).toBeCloseTo(0.5);
});

test("equal values lie in the middle, and what has no value nowhere", () => {
  expect([shareOf(axis({ a: 2, b: 2 }), "a"), shareOf(axis({ a: 2 }), "z"), shareOf(undefined, "a")]).toEqual([0.5, null, null]);
  expect(endsOf(axis({ a: 3, b: -1 }))).toEqual([-1, 3]);
});
