import { clamp } from "../../../lib/numbers";

/** What of a picture is looked at: how much it is enlarged over fitting its stage, and which place of it is in the middle, in shares of it. */
export interface ZoomView {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Place extends Size {
  readonly left: number;
  readonly top: number;
}

export const FITTED: ZoomView = { scale: 1, x: 0.5, y: 0.5 };
const MOST = 40;

function fitted(stage: Size, aspect: number): Size {
  const width = Math.min(stage.width, stage.height * aspect);
  return { width, height: width / aspect };
}

/** Where a picture lies on its stage, in CSS pixels. */
export function placeOf(view: ZoomView, stage: Size, aspect: number): Place {
  const { width, height } = fitted(stage, aspect);
  const size = { width: width * view.scale, height: height * view.scale };
  return { ...size, left: stage.width / 2 - view.x * size.width, top: stage.height / 2 - view.y * size.height };
}

/** Keeps the picture on its stage: no side of it leaves the middle. */
function bounded({ scale, x, y }: ZoomView): ZoomView {
  const within = clamp(scale, 1, MOST);
  if (within === 1) return FITTED;
  return { scale: within, x: clamp(x, 0, 1), y: clamp(y, 0, 1) };
}

/** Enlarges such that the place under a point of the stage stays where it is. */
export function zoomedAt(view: ZoomView, factor: number, at: readonly [number, number], stage: Size, aspect: number): ZoomView {
  const scale = clamp(view.scale * factor, 1, MOST);
  const place = placeOf(view, stage, aspect);
  const [shareX, shareY] = [(at[0] - place.left) / place.width, (at[1] - place.top) / place.height];
  const kept = view.scale / scale;
  return bounded({ scale, x: shareX + (view.x - shareX) * kept, y: shareY + (view.y - shareY) * kept });
}

/** Moves the picture by CSS pixels. */
export function panned(view: ZoomView, by: readonly [number, number], stage: Size, aspect: number): ZoomView {
  const { width, height } = placeOf(view, stage, aspect);
  return bounded({ ...view, x: view.x - by[0] / width, y: view.y - by[1] / height });
}
