import { expect, test } from "vitest";
import type { Columns } from "../../lib/columns";
import { converted, lrSteps, stagesOf } from "./stages";

function columns(x: number[], mean: number[], more: { xEnd?: number[]; count?: number[] } = {}): Columns {
  const y = Float64Array.from(mean);
  return {
    run: "r",
    name: "n",
    total: x.length,
    xAxis: "epoch",
    x: Float64Array.from(x),
    xEnd: Float64Array.from(more.xEnd ?? x),
    min: y,
    max: y,
    mean: y,
    count: Float64Array.from(more.count ?? x.map(() => 1)),
    nan: Float64Array.from(x, () => 0),
  };
}

const facts = { settings: {}, reached: 100, lr: undefined, mosaic: undefined };

test("warm-up ends after its epochs, but after a hundred iterations at the earliest", () => {
  expect(stagesOf({ ...facts, settings: { warmup_epochs: 3, batches: 500 } })).toEqual([{ kind: "warmup", epoch: 3, factor: 1 }]);
  expect(stagesOf({ ...facts, settings: { warmup_epochs: 3, batches: 20 } })).toEqual([{ kind: "warmup", epoch: 5, factor: 1 }]);
  expect(stagesOf({ ...facts, settings: { warmup_epochs: 0, batches: 20 } })).toEqual([]);
});

test("mosaic closes before the last epochs, unless there is none", () => {
  const settings = { epochs: 100, close_mosaic: 10, mosaic: 1 };
  expect(stagesOf({ ...facts, settings })).toEqual([{ kind: "closeMosaic", epoch: 90, factor: 1 }]);
  expect(stagesOf({ ...facts, settings: { ...settings, mosaic: 0 } })).toEqual([]);
  expect(stagesOf({ ...facts, settings: { ...settings, close_mosaic: 0 } })).toEqual([]);
});

test("where the probability was seen to fall counts for more than the plan", () => {
  const mosaic = columns([0.1, 1.1, 2.1, 3.1], [1, 1, 0, 0]);
  expect(stagesOf({ ...facts, settings: { epochs: 100, close_mosaic: 10 }, mosaic })).toEqual([{ kind: "closeMosaic", epoch: 2.1, factor: 1 }]);
});

test("what a run has not come to is not marked", () => {
  expect(stagesOf({ ...facts, settings: { epochs: 100, close_mosaic: 10, warmup_epochs: 3 }, reached: 20 }).map(({ kind }) => kind)).toEqual(["warmup"]);
});

test("steps of a learning rate are found where one level follows another", () => {
  const lr = columns([0, 1, 2, 3, 4, 5, 6, 7, 8], [0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001, 0.001]);
  expect(lrSteps(lr)).toEqual([
    { kind: "lrStep", epoch: 3, factor: 0.1 },
    { kind: "lrStep", epoch: 6, factor: 0.1 },
  ]);
});

test("a step within a bucket stands at that bucket", () => {
  expect(lrSteps(columns([0, 1, 2, 3, 4, 5], [0.1, 0.1, 0.06, 0.01, 0.01, 0.01]))).toEqual([{ kind: "lrStep", epoch: 2, factor: 0.1 }]);
});

test("a smooth schedule has no steps", () => {
  const linear = columns(Array.from({ length: 50 }, (_, i) => i), Array.from({ length: 50 }, (_, i) => 0.01 * (1 - i / 50)));
  const cosine = columns(Array.from({ length: 50 }, (_, i) => i), Array.from({ length: 50 }, (_, i) => 0.01 * (1 + Math.cos((Math.PI * i) / 50))));
  expect([lrSteps(linear), lrSteps(cosine)]).toEqual([[], []]);
});

test("a rate that falls every epoch has no steps, however much it loses at the end", () => {
  const x = Array.from({ length: 60 }, (_, i) => i / 2);
  expect(lrSteps(columns(x, x.map((epoch) => 0.01 * (1 - Math.floor(epoch) / 30))))).toEqual([]);
});

test("a place is told on another axis by the points before it", () => {
  const epochs = columns([0, 1, 2, 3], [0, 0, 0, 0]);
  const seconds = columns([10, 30, 100, 110], [0, 0, 0, 0]);
  expect([converted(0, epochs, seconds), converted(2, epochs, seconds), converted(3, epochs, seconds)]).toEqual([10, 100, 110]);
});

test("within buckets a place lies in proportion", () => {
  const epochs = columns([0, 5], [0, 0], { xEnd: [4, 9], count: [5, 5] });
  const steps = columns([0], [0], { xEnd: [900], count: [10] });
  expect(converted(7, epochs, steps)).toBeCloseTo(700);
});

test("what lies outside of the points has no place", () => {
  expect(converted(9, columns([0, 1], [0, 0]), columns([0, 1], [0, 0]))).toBeNull();
});
