import { expect, test } from "vitest";
import type { Columns } from "../lib/columns";
import type { Plot } from "./plot";
import { hasBand, traceBand, traceDots, traceLine, traceMarks, traceOutside, traceScatter, type Pen } from "./trace";

const plot: Plot = { left: 0, top: 0, width: 100, height: 100, x: [0, 10], y: [0, 10], log: false };

class RecordingPen implements Pen {
  readonly moves: string[] = [];
  moveTo = (x: number, y: number) => this.moves.push(`M${x},${y}`);
  lineTo = (x: number, y: number) => this.moves.push(`L${x},${y}`);
  arc = () => this.moves.push("dot");
  closePath = () => this.moves.push("Z");
}

function columns(mean: number[], nan: number[] = []): Columns {
  const values = Float64Array.from(mean);
  const x = Float64Array.from(mean, (_, i) => i);
  const count = Float64Array.from(mean, () => 1);
  return { run: "r", name: "n", total: 0, xAxis: "step", x, xEnd: x, min: values, max: values, mean: values, count, nan: Float64Array.from(nan) };
}

test("NaN lifts the pen", () => {
  const pen = new RecordingPen();
  traceLine(pen, { plot, x: Float64Array.of(0, 1, 2, 3), y: Float64Array.of(5, NaN, 5, 10) });
  expect(pen.moves).toEqual(["M0,50", "M20,50", "L30,0"]);
});

test("a point alone is a dot, points in a line are not", () => {
  const pen = new RecordingPen();
  traceDots(pen, { plot, x: Float64Array.of(0, 1, 2, 3, 4), y: Float64Array.of(5, NaN, 5, 5, NaN) });
  expect(pen.moves.filter((move) => move === "dot")).toHaveLength(1);
});

test("every bucket with values that are not finite has a mark, also when others of it are", () => {
  const pen = new RecordingPen();
  traceMarks(pen, plot, columns([5, NaN, 5, Infinity], [0, 1, 2, 0]));
  expect(pen.moves.filter((move) => move === "Z")).toHaveLength(3);
});

test("a band is cut at a gap", () => {
  const pen = new RecordingPen();
  const held = columns([5, 5, NaN, 5, 5]);
  traceBand(pen, plot, held.x, held);
  expect(pen.moves.filter((move) => move === "Z")).toHaveLength(2);
});

test("buckets of one value have no band", () => {
  expect(hasBand(columns([1, 2, NaN]))).toBe(false);
  expect(hasBand({ ...columns([1, 2]), max: Float64Array.of(1, 3) })).toBe(true);
});

test("values beyond the axis are marked at its edges, marks too near to one another once", () => {
  const pen = new RecordingPen();
  const held = columns([5, 12, 5, -1, 5]);
  traceOutside(pen, plot, held.x, held);
  expect(pen.moves).toEqual(["M6.5,5", "L10,0", "L13.5,5", "Z", "M26.5,95", "L30,100", "L33.5,95", "Z"]);
  const crowded = new RecordingPen();
  const dense = columns(Array.from({ length: 11 }, () => 12));
  traceOutside(crowded, { ...plot, x: [0, 100] }, dense.x, dense);
  expect(crowded.moves.filter((move) => move === "Z")).toHaveLength(2);
});

test("scattered points are dots, without those that cannot be shown", () => {
  const pen = new RecordingPen();
  const held = columns([1, NaN, 3]);
  traceScatter(pen, { plot, x: held.x, y: held.mean });
  expect(pen.moves).toEqual(["M2,90", "dot", "M22,70", "dot"]);
});
