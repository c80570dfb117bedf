import { expect, test } from "vitest";
import type { Columns } from "../lib/columns";
import { readingsAt, snappedX, steppedX } from "./readout";
import { bucketMiddles, sceneOf, type ChartLine, type ChartLook } from "./scene";

const look: ChartLook = { axis: "step", log: false, smoothing: 0, theme: "light", locale: "en", attempts: [] };

function columns(x: number[], mean: number[], spread = 0): Columns {
  return {
    run: "r",
    name: "n",
    total: x.length * 10,
    xAxis: "step",
    x: Float64Array.from(x),
    xEnd: Float64Array.from(x),
    min: Float64Array.from(mean, (v) => v - spread),
    max: Float64Array.from(mean, (v) => v + spread),
    mean: Float64Array.from(mean),
    count: Float64Array.from(x, () => 10),
    nan: Float64Array.from(mean, (v) => (Number.isNaN(v) ? 1 : 0)),
  };
}

function line(name: string, held: Columns | undefined): ChartLine {
  return { id: name, name, label: name, color: 0, dashed: false, faint: false, unit: "", supersededOf: null, columns: held };
}

test("without points there is no scene", () => {
  expect(sceneOf([line("a", undefined), line("b", columns([], []))], look, null)).toBeNull();
});

test("the extremes of the buckets are inside the axis, not only their means", () => {
  const scene = sceneOf([line("a", columns([0, 1], [10, 20], 8))], look, null);
  expect(scene?.y[0]).toBeLessThanOrEqual(2);
  expect(scene?.y[1]).toBeGreaterThanOrEqual(28);
});

const percent = (...values: number[]) => sceneOf([{ ...line("a", columns([0, 1], values)), unit: "%" }], look, null)?.y;

test("percent go from 0 to 100, further only where values do", () => {
  expect(percent(40, 60)).toEqual([0, 100]);
  expect(percent(0, 380)?.[1]).toBeGreaterThan(380);
});

test("superseded points are counted apart", () => {
  const scene = sceneOf([{ ...line("a", columns([4, 5], [1, 2])), supersededOf: 1 }, line("a", columns([0, 1, 2], [1, 2, 3]))], look, null);
  expect([scene?.points, scene?.total, scene?.superseded, scene?.x]).toEqual([3, 30, 20, [0, 5]]);
});

test("only what is in the window decides the height", () => {
  const scene = sceneOf([line("a", columns([0, 1, 2, 3, 4, 5], [900, 1, 1, 2, 2, 2]))], look, [2, 4]);
  expect(scene?.y[1]).toBeLessThan(3);
});

test("a logarithmic axis leaves out what it cannot show", () => {
  const scene = sceneOf([line("a", columns([0, 1, 2], [0, 1, 100]))], { ...look, log: true }, null);
  expect(scene?.y[0]).toBeGreaterThan(-1);
  expect(scene?.y[1]).toBeGreaterThan(2);
});

test("drawn and stored points are counted over the lines", () => {
  const scene = sceneOf([line("a", columns([0, 1], [1, 2])), line("b", columns([0], [1]))], look, null);
  expect([scene?.points, scene?.total]).toEqual([3, 30]);
});

test("buckets are drawn in their middle, the ends of the data stay", () => {
  const wide: Columns = { ...columns([0, 10, 20], [1, 1, 1]), xEnd: Float64Array.of(8, 18, 28) };
  expect([...bucketMiddles(wide)]).toEqual([0, 14, 28]);
});

test("readings come highest first, and not from lines that end before the cursor", () => {
  const scene = sceneOf(
    [line("low", columns([0, 50, 100], [1, 1, 1])), line("high", columns([0, 50, 100], [2, 3, 4])), line("short", columns([0, 10], [9, 9]))],
    look,
    null,
  );
  expect(scene && readingsAt(scene, look, 100).map(({ name, text }) => [name, text])).toEqual([
    ["high", "4"],
    ["low", "1"],
  ]);
});

test("a smoothed reading also says the value as it came", () => {
  const smooth = { ...look, smoothing: 0.5 };
  const scene = sceneOf([line("a", columns([0, 1], [0, 4]))], smooth, null);
  expect(scene && readingsAt(scene, smooth, 1)[0]?.aside).toBe("4");
});

test("the cursor stands on points and steps between them", () => {
  const scene = sceneOf([line("a", columns([0, 10, 20], [1, 2, 3]))], look, null);
  expect(scene && [snappedX(scene, 13), steppedX(scene, 10, 1), steppedX(scene, 10, -1), steppedX(scene, 20, 1)]).toEqual([10, 20, 0, 20]);
});
