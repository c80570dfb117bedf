import { expect, test } from "vitest";
import type { MediaItem } from "../api/client";
import { evenEdges, rangeOf, rebinned, scaleOf, slicesFrom, troubleOf, type Slice } from "./histograms";

function slice(epoch: number, changes: Partial<Slice> = {}): Slice {
  return { epoch, edges: [-1, 0, 1], counts: [5, 5], total: 10, broken: 0, mean: 0, deviation: 0.5, ...changes };
}

function item(id: number, epoch: number, total: number): MediaItem {
  const data = { type: "histogram" as const, edges: [0, 1], counts: [total], total, nan: 1, inf: 2, least: 0, most: 1, mean: 0.5, deviation: "NaN" as const };
  return { run: "r", id, kind: "histogram", name: "weights/neck", step: null, epoch, time: "", attempt: 1, superseded: false, facts: {}, parts: [], data };
}

test("histograms stand in order of their epochs, the later of two of one epoch", () => {
  const found = slicesFrom([item(3, 2, 30), item(1, 0.6, 10), item(2, 1, 20)]);
  expect(found.map(({ epoch, total, broken, deviation }) => [epoch, total, broken, deviation])).toEqual([
    [1, 20, 3, NaN],
    [2, 30, 3, NaN],
  ]);
});

test("values that are all one lie at one place, however wide their bin is", () => {
  const one = item(1, 1, 10);
  const flat = { ...one, data: { type: "histogram" as const, edges: [-0.5, 0.5], counts: [10], total: 10, nan: 0, inf: 0, least: 0, most: 0, mean: 0, deviation: 0 } };
  expect(slicesFrom([flat])[0]).toMatchObject({ edges: [0, 0], counts: [10] });
});

test("where nobody sent a mean and a deviation, the bins tell them", () => {
  const one = item(1, 1, 10);
  const counted = (edges: number[], counts: number[]) => ({ ...one, data: { type: "histogram" as const, edges, counts, total: 4, nan: 0, inf: 0, least: null, most: null, mean: null, deviation: null } });
  expect(slicesFrom([counted([0, 2, 4], [2, 2])])[0]).toMatchObject({ mean: 2, deviation: 1 });
  expect(slicesFrom([counted([0, 2, 4], [0, 4])])[0]).toMatchObject({ mean: 3, deviation: 0, edges: [3, 3] });
  expect(slicesFrom([counted([0, 2, 4], [0, 0])])[0]).toMatchObject({ mean: null, deviation: null });
});

test("counts are spread evenly over the bins they are put into, and none is lost", () => {
  expect(rebinned({ edges: [0, 2, 4], counts: [4, 8] }, [0, 1, 2, 3, 4])).toEqual([2, 2, 4, 4]);
  expect(rebinned({ edges: [0, 1, 2, 3, 4], counts: [1, 2, 3, 4] }, [0, 2, 4])).toEqual([3, 7]);
  expect(rebinned({ edges: [1, 3], counts: [6] }, [-2, 0, 2, 4, 6])).toEqual([0, 3, 3, 0]);
  expect(rebinned({ edges: [-1, 1], counts: [6] }, [0, 1])).toEqual([3]);
  expect(rebinned({ edges: [0.5, 0.5], counts: [6] }, [-1, 0, 1])).toEqual([0, 6]);
});

test("the range holds all histograms, and has a width even if all values are one", () => {
  expect(rangeOf([slice(1), slice(2, { edges: [-5, 0, 0.5] })])).toEqual([-5, 1]);
  expect(rangeOf([slice(1, { edges: [0, 0] })])).toEqual([-1, 1]);
});

test("a stretched scale gives tiny and huge values room, and is undone exactly enough", () => {
  const slices = [slice(1, { deviation: 1e-3 }), slice(2, { deviation: 10 })];
  const scale = scaleOf(slices, true);
  expect(scale.value(scale.place(123))).toBeCloseTo(123);
  const edges = evenEdges([-100, 100], 4, scale);
  expect(edges.map((one) => Math.round(one * 100) / 100)).toEqual([-100, -0.22, 0, 0.22, 100]);
  expect(evenEdges([0, 4], 4, scaleOf(slices, false))).toEqual([0, 1, 2, 3, 4]);
});

test("a group is dead without spread, and asleep with its activations at zero", () => {
  expect(troubleOf([slice(1), slice(5, { deviation: 0 }), slice(10, { deviation: 0 })], false)).toEqual({ kind: "dead", epoch: 5, value: 1 });
  const asleep = slice(3, { edges: [-1, 0, 1], counts: [0, 96], deviation: 0.1 });
  expect(troubleOf([slice(1), asleep], true)).toEqual({ kind: "sleeping", epoch: 3, value: 1 });
  expect(troubleOf([slice(1), asleep], false)).toBeNull();
});

test("it explodes and vanishes by its spread at first, and NaN outweighs all", () => {
  expect(troubleOf([slice(1), slice(2, { deviation: 60 })], false)).toEqual({ kind: "exploding", epoch: 2, value: 120 });
  expect(troubleOf([slice(1), slice(2, { deviation: 0.0004 })], false)).toMatchObject({ kind: "vanishing", epoch: 2 });
  expect(troubleOf([slice(1), slice(2, { deviation: 60, broken: 7 })], false)).toEqual({ kind: "broken", epoch: 2, value: 7 });
  expect(troubleOf([slice(1, { broken: 7 }), slice(2)], false)).toBeNull();
});
