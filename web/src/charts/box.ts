import type { Span } from "../lib/columns";

export interface Point {
  readonly px: number;
  readonly py: number;
}

/** What a drag chose, in pixels; null for a direction that stays as it is. */
export interface Box {
  readonly x: Span | null;
  readonly y: Span | null;
}

const DRAG_PX = 5; // a shorter movement is a click
const STRAY_PX = 24; // a hand that draws along one axis strays this far from it
const STRAY_SHARE = 0.4; // of the longer side

const ordered = (a: number, b: number): Span => (a < b ? [a, b] : [b, a]);

const isStray = (short: number, long: number) => short < Math.max(STRAY_PX, long * STRAY_SHARE) && short < long;

/** A drag along one axis zooms that axis, a diagonal one both. Null for a click. */
export function boxOf(from: Point, to: Point): Box | null {
  const [width, height] = [Math.abs(to.px - from.px), Math.abs(to.py - from.py)];
  if (Math.max(width, height) < DRAG_PX) return null;
  return {
    x: isStray(width, height) ? null : ordered(from.px, to.px),
    y: isStray(height, width) ? null : ordered(from.py, to.py),
  };
}
