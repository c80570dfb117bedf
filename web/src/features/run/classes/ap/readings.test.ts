import { expect, test } from "vitest";
import { aligned, fromTables, joined, standing } from "./readings";

const points = new Map([
  ["dent", new Map([[1, 0.1], [2, 0.2], [3, 0.6]])],
  ["crack", new Map([[2, 0.4], [3, 0.2]])],
]);

test("classes are laid over the epochs of all, with gaps", () => {
  const { epochs, rows } = aligned(points);
  expect(epochs).toEqual([1, 2, 3]);
  expect([...(rows.get("crack") ?? [])]).toEqual([Number.NaN, 0.4, 0.2]);
});

test("more epochs than columns are joined by their means; a gap takes no part", () => {
  const { epochs, rows } = joined(aligned(points), 2);
  expect(epochs).toEqual([2, 3]);
  expect([...(rows.get("dent") ?? [])]).toEqual([expect.closeTo(0.15), 0.6]);
  expect([...(rows.get("crack") ?? [])]).toEqual([0.4, 0.2]);
});

const item = (epoch: number, values: number[]) => ({
  run: "r", id: epoch, kind: "table" as const, name: "classes", step: null, epoch, time: "", attempt: 1, superseded: false, facts: {}, parts: [],
  data: { type: "table" as const, columns: [{ name: "class", classes: [0, 1], titles: [null, null] }, { name: "F1", numbers: values }] },
});

test("tables of epochs give what no series does", () => {
  const { epochs, rows } = fromTables([item(1, [0.2, 0.3]), item(2, [0.4, 0.5])], "F1", String);
  expect(epochs).toEqual([1, 2]);
  expect([...rows].map(([key, values]) => [key, [...values]])).toEqual([["0", [0.2, 0.4]], ["1", [0.3, 0.5]]]);
});

test("a class that fell says from where, and since when", () => {
  const values = Float64Array.from([0.1, 0.5, 0.6, 0.55, 0.2, 0.25]);
  expect(standing(values, [1, 2, 3, 4, 5, 6])).toEqual({ last: 0.25, best: 0.6, bestEpoch: 3, fall: { from: 0.6, fromEpoch: 3, to: 0.25, since: 5 } });
});

test("noise is no fall, and nothing is nothing", () => {
  expect(standing(Float64Array.from([0.5, 0.62, 0.58]), [1, 2, 3]).fall).toBeNull();
  expect(standing(Float64Array.from([Number.NaN]), [1])).toEqual({ last: null, best: null, bestEpoch: null, fall: null });
});
