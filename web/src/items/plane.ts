/** Points on a plane that is looked at through a window, and what people do with them. All pure. */
export type Spot = readonly [number, number];

/** What is seen of the plane: its middle, and how much of it a pixel is. */
export interface Window {
  readonly middle: Spot;
  readonly each: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const ROOM = 1.08; // so that no point lies on the rim

/** The window that shows all points. */
export function windowAround(points: readonly Spot[], { width, height }: Size): Window {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [low, high] = [Math.min(low, y), Math.max(high, y)];
  }
  if (points.length === 0 || width <= 0 || height <= 0) return { middle: [0, 0], each: 1 };
  const each = Math.max((right - left) / width, (high - low) / height) * ROOM;
  return { middle: [(left + right) / 2, (low + high) / 2], each: each > 0 ? each : 1 };
}

export function endsOf({ middle, each }: Window, { width, height }: Size): { readonly x: Spot; readonly y: Spot } {
  const [halfX, halfY] = [(width * each) / 2, (height * each) / 2];
  return { x: [middle[0] - halfX, middle[0] + halfX], y: [middle[1] - halfY, middle[1] + halfY] };
}

/** Where a point is drawn, in pixels from the upper left. */
export function pxFrom([x, y]: Spot, { middle, each }: Window, { width, height }: Size): Spot {
  return [width / 2 + (x - middle[0]) / each, height / 2 - (y - middle[1]) / each];
}

/** Looks closer or from farther, such that what is under a pixel stays there. */
export function zoomed(window: Window, factor: number, [px, py]: Spot, { width, height }: Size): Window {
  const [dx, dy] = [px - width / 2, height / 2 - py];
  const each = window.each / factor;
  return { middle: [window.middle[0] + dx * (window.each - each), window.middle[1] + dy * (window.each - each)], each };
}

export function moved({ middle, each }: Window, [dx, dy]: Spot): Window {
  return { middle: [middle[0] - dx * each, middle[1] + dy * each], each };
}

/** The point nearest to a pixel, null if none is near. */
export function nearest(drawn: readonly Spot[], [px, py]: Spot, mostPx: number, isShown: (at: number) => boolean): number | null {
  let [best, least]: [number | null, number] = [null, mostPx];
  drawn.forEach(([x, y], at) => {
    const far = Math.hypot(x - px, y - py);
    if (far <= least && isShown(at)) [best, least] = [at, far];
  });
  return best;
}

/** Whether a pixel lies within an outline: a ray from it crosses the outline an odd number of times. */
export function isWithin([px, py]: Spot, outline: readonly Spot[]): boolean {
  let inside = false;
  outline.forEach(([x, y], at) => {
    const [beforeX, beforeY] = outline.at(at - 1) ?? [x, y];
    if (y > py !== beforeY > py && px < ((beforeX - x) * (py - y)) / (beforeY - y) + x) inside = !inside;
  });
  return inside;
}

/** Points of a room as they are seen after turning it, in radians: around the upright axis, then towards who looks. */
export function turned(points: readonly (readonly number[])[], yaw: number, pitch: number): readonly Spot[] {
  const [sinYaw, cosYaw, sinPitch, cosPitch] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  return points.map(([x = 0, y = 0, z = 0]): Spot => [cosYaw * x + sinYaw * z, cosPitch * y - sinPitch * (cosYaw * z - sinYaw * x)]);
}
