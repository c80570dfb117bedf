import type { Columns } from "../lib/columns";
import { decimate, visibleRange } from "./decimate";
import { pxFromX, pyFromY, type Plot } from "./plot";

/** The part of a canvas context, or of a recorder of vectors, that drawing a path needs. */
export interface Pen {
  moveTo(x: number, y: number): unknown;
  lineTo(x: number, y: number): unknown;
  arc(x: number, y: number, radius: number, from: number, to: number): unknown;
  closePath(): unknown;
}

export interface Track {
  readonly plot: Plot;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

const POINTS_PER_PIXEL = 2; // more than this and only extremes of each pixel column can be told apart

/** Which points of a range are drawn; null for all. */
function pickedOf({ plot, x, y }: Track, range: readonly [number, number]): readonly number[] | null {
  if (range[1] - range[0] <= plot.width * POINTS_PER_PIXEL) return null;
  return decimate(y, range, (index) => Math.floor(pxFromX(plot, x[index] ?? NaN)));
}

export function traceLine(pen: Pen, track: Track): void {
  const { plot, x, y } = track;
  const range = visibleRange(x, plot.x[0], plot.x[1]);
  const picked = pickedOf(track, range);
  const count = picked?.length ?? range[1] - range[0];
  let down = false;
  for (let at = 0; at < count; at++) {
    const index = picked?.[at] ?? range[0] + at;
    const py = pyFromY(plot, y[index] ?? NaN);
    if (!Number.isFinite(py)) {
      down = false;
      continue;
    }
    const px = pxFromX(plot, x[index] ?? NaN);
    if (down) pen.lineTo(px, py);
    else pen.moveTo(px, py);
    down = true;
  }
}

const DOT_RADIUS_PX = 2.2;

/** A point without finite neighbours has no line: it is drawn as a dot. */
export function traceDots(pen: Pen, { plot, x, y }: Track): void {
  const [from, to] = visibleRange(x, plot.x[0], plot.x[1]);
  for (let i = from; i < to; i++) {
    const alone = !Number.isFinite(y[i - 1] ?? NaN) && !Number.isFinite(y[i + 1] ?? NaN);
    const py = alone ? pyFromY(plot, y[i] ?? NaN) : NaN;
    if (!Number.isFinite(py)) continue;
    const px = pxFromX(plot, x[i] ?? NaN);
    pen.moveTo(px + DOT_RADIUS_PX, py);
    pen.arc(px, py, DOT_RADIUS_PX, 0, Math.PI * 2);
  }
}

const MARK_PX = 4;

/** Small triangles at the bottom edge where a bucket holds values that are not finite. */
export function traceMarks(pen: Pen, plot: Plot, columns: Columns): void {
  const bottom = plot.top + plot.height;
  const [from, to] = visibleRange(columns.x, plot.x[0], plot.x[1]);
  for (let i = from; i < to; i++) {
    if ((columns.nan[i] ?? 0) === 0 && Number.isFinite(columns.mean[i] ?? NaN)) continue;
    const px = pxFromX(plot, columns.x[i] ?? NaN);
    pen.moveTo(px - MARK_PX, bottom);
    pen.lineTo(px, bottom - MARK_PX * 1.6);
    pen.lineTo(px + MARK_PX, bottom);
    pen.closePath();
  }
}

const OUTSIDE_PX = 5;
const APART_PX = 7; // marks nearer than this would be one blot

/** Small triangles at the upper or lower edge where a value lies beyond the axis. */
export function traceOutside(pen: Pen, plot: Plot, x: Float64Array, columns: Columns): void {
  const [from, to] = visibleRange(x, plot.x[0], plot.x[1]);
  const last = { up: -Infinity, down: -Infinity };
  for (let i = from; i < to; i++) {
    const px = pxFromX(plot, x[i] ?? NaN);
    if (pyFromY(plot, columns.max[i] ?? NaN) < plot.top - 0.5 && px - last.up >= APART_PX) {
      triangle(pen, px, plot.top, 1);
      last.up = px;
    }
    if (pyFromY(plot, columns.min[i] ?? NaN) > plot.top + plot.height + 0.5 && px - last.down >= APART_PX) {
      triangle(pen, px, plot.top + plot.height, -1);
      last.down = px;
    }
  }
}

/** Its tip at the edge, pointing out of the plot. */
function triangle(pen: Pen, px: number, edge: number, inwards: 1 | -1): void {
  pen.moveTo(px - OUTSIDE_PX * 0.7, edge + inwards * OUTSIDE_PX);
  pen.lineTo(px, edge);
  pen.lineTo(px + OUTSIDE_PX * 0.7, edge + inwards * OUTSIDE_PX);
  pen.closePath();
}

const SCATTER_PX = 2;

/** Every point as a dot: where a line through them would say nothing. */
export function traceScatter(pen: Pen, { plot, x, y }: Track): void {
  const [from, to] = visibleRange(x, plot.x[0], plot.x[1]);
  for (let i = from; i < to; i++) {
    const [px, py] = [pxFromX(plot, x[i] ?? NaN), pyFromY(plot, y[i] ?? NaN)];
    if (!Number.isFinite(py)) continue;
    pen.moveTo(px + SCATTER_PX, py);
    pen.arc(px, py, SCATTER_PX, 0, Math.PI * 2);
  }
}

/** The area between the lowest and highest value of each bucket, one polygon a stretch without gaps. */
export function traceBand(pen: Pen, plot: Plot, x: Float64Array, columns: Columns): void {
  const [from, to] = visibleRange(x, plot.x[0], plot.x[1]);
  let start = from;
  for (let i = from; i <= to; i++) {
    const gap = i === to || !Number.isFinite(pyFromY(plot, columns.min[i] ?? NaN)) || !Number.isFinite(columns.max[i] ?? NaN);
    if (!gap) continue;
    if (i - start > 1) tracePolygon(pen, plot, { x, columns, start, end: i });
    start = i + 1;
  }
}

function tracePolygon(pen: Pen, plot: Plot, part: { x: Float64Array; columns: Columns; start: number; end: number }): void {
  const { x, columns, start, end } = part;
  const px = (i: number) => pxFromX(plot, x[i] ?? NaN);
  pen.moveTo(px(start), pyFromY(plot, columns.max[start] ?? NaN));
  for (let i = start + 1; i < end; i++) pen.lineTo(px(i), pyFromY(plot, columns.max[i] ?? NaN));
  for (let i = end - 1; i >= start; i--) pen.lineTo(px(i), pyFromY(plot, columns.min[i] ?? NaN));
  pen.closePath();
}

/** Whether a line has anything that a band would show. */
export function hasBand(columns: Columns): boolean {
  return columns.min.some((low, i) => low !== columns.max[i] && Number.isFinite(low));
}
