import { expect, test } from "vitest";
import type { Columns } from "../lib/columns";
import type { Plot } from "./plot";
import { chosen, readingsAt, snappedX, stagesAt, steppedX } from "./readout";
import { axisKeyOf, bucketMiddles, sceneOf, type ChartLine, type ChartLook, type Scene } from "./scene";

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

const plotOf = ({ x, y }: Scene): Plot => ({ left: 0, top: 0, width: 100, height: 100, x, y, log: false });

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
  expect(scene && readingsAt(scene, look, plotOf(scene), 100).map(({ name, text }) => [name, text])).toEqual([
    ["high", "4"],
    ["low", "1"],
  ]);
});

test("a smoothed reading also says the value as it came", () => {
  const smooth = { ...look, smoothing: 0.5 };
  const scene = sceneOf([line("a", columns([0, 1], [0, 4]))], smooth, null);
  expect(scene && readingsAt(scene, smooth, plotOf(scene), 1)[0]?.aside).toBe("4");
});

test("the cursor stands on points and steps between them", () => {
  const scene = sceneOf([line("a", columns([0, 10, 20], [1, 2, 3]))], look, null);
  expect(scene && [snappedX(scene, 13), steppedX(scene, 10, 1), steppedX(scene, 10, -1), steppedX(scene, 20, 1)]).toEqual([10, 20, 0, 20]);
});

test("with Shift the cursor goes further, and stops at the ends", () => {
  const scene = sceneOf([line("a", columns([0, 10, 20, 30], [1, 2, 3, 4]))], look, null);
  expect(scene && [steppedX(scene, 0, 2), steppedX(scene, 5, 1), steppedX(scene, 5, -1), steppedX(scene, 20, -10)]).toEqual([20, 10, 0, 0]);
});

test("ends of the y axis by hand hold, the other end stays free", () => {
  const lines = [line("a", columns([0, 1], [10, 20]))];
  expect(sceneOf(lines, { ...look, yRange: [12, 15] }, null)?.y).toEqual([12, 15]);
  expect(sceneOf(lines, { ...look, yRange: [null, 15] }, null)?.y[1]).toBe(15);
  expect(sceneOf(lines, { ...look, log: true, yRange: [1, 100] }, null)?.y).toEqual([0, 2]);
});

test("ends by hand that make no axis are left alone, as is one that a logarithmic axis cannot show", () => {
  const lines = [line("a", columns([0, 1], [10, 20]))];
  expect(sceneOf(lines, { ...look, yRange: [30, 20] }, null)?.y).toEqual(sceneOf(lines, look, null)?.y);
  expect(sceneOf(lines, { ...look, log: true, yRange: [0, null] }, null)?.y).toEqual(sceneOf(lines, { ...look, log: true }, null)?.y);
});

test("what is beyond a clipped axis is counted", () => {
  const values = [...Array.from({ length: 60 }, (_, i) => 1 + (i % 5)), 9_000];
  const lines = [line("a", columns(values.map((_, i) => i), values))];
  expect(sceneOf(lines, look, null)?.outside).toBe(0);
  const clipped = sceneOf(lines, { ...look, clip: true }, null);
  expect([clipped?.outside, (clipped?.y[1] ?? 0) < 10]).toEqual([1, true]);
});

test("a scattered line is not smoothed", () => {
  const scene = sceneOf([{ ...line("a", columns([0, 1], [0, 4])), scattered: true }], { ...look, smoothing: 0.9 }, null);
  expect([[...(scene?.lines[0]?.y ?? [])], scene?.lines[0]?.raw]).toEqual([[0, 4], null]);
});

test("of many lines those nearest to the pointer are read, highest first; without a pointer the highest", () => {
  const lines = Array.from({ length: 30 }, (_, i) => line(`l${i}`, columns([0, 1], [i, i])));
  const scene = sceneOf(lines, { ...look, yRange: [0, 29] }, null);
  const readings = scene ? readingsAt(scene, look, plotOf(scene), 1) : [];
  const near = chosen(readings, 3, 100);
  expect([near.shown.map(({ name }) => name), near.more, near.nearest?.name]).toEqual([["l2", "l1", "l0"], 27, "l0"]);
  const high = chosen(readings, 3, null);
  expect([high.shown.map(({ name }) => name), high.nearest]).toEqual([["l29", "l28", "l27"], null]);
});

test("stages within reach are told", () => {
  const stages = [{ x: 100, label: "warm-up ends" }];
  expect([stagesAt({ ...look, stages }, 95, 8), stagesAt({ ...look, stages }, 80, 8), stagesAt(look, 95, 8)]).toEqual([["warm-up ends"], [], []]);
});

test("charts over another series share a cursor with those over the same one only", () => {
  const against = { name: "metrics/mAP50", label: "mAP50", unit: "" };
  expect([axisKeyOf(look), axisKeyOf({ ...look, against })]).toEqual(["step", "~metrics/mAP50"]);
});
