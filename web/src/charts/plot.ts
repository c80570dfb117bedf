import type { Span } from "../lib/columns";

/** The rectangle of the plot in the chart's pixels, and what it shows. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: Span;
  readonly y: Span;
  readonly log: boolean;
}

export function pxFromX(plot: Plot, x: number): number {
  return plot.left + ((x - plot.x[0]) / (plot.x[1] - plot.x[0])) * plot.width;
}

export function xFromPx(plot: Plot, px: number): number {
  return plot.x[0] + ((px - plot.left) / plot.width) * (plot.x[1] - plot.x[0]);
}

/** NaN for what a logarithmic axis cannot show. */
export function pyFromY(plot: Plot, value: number): number {
  const position = plot.log ? (value > 0 ? Math.log10(value) : NaN) : value;
  return plot.top + ((plot.y[1] - position) / (plot.y[1] - plot.y[0])) * plot.height;
}

/** The value at a height: what a logarithmic axis shows there is ten to the power of its position. */
export function yFromPy(plot: Plot, py: number): number {
  const position = plot.y[1] - ((py - plot.top) / plot.height) * (plot.y[1] - plot.y[0]);
  return plot.log ? 10 ** position : position;
}

/** The window after what stood at the pixels `from` was moved to the pixels `to`: two fingers, or one that drags. */
export function stretchedWindow(plot: Plot, from: Span, to: Span): Span {
  const [a, b] = [xFromPx(plot, from[0]), xFromPx(plot, from[1])];
  const apart = to[1] - to[0];
  const perPx = (b - a) / (Math.abs(apart) < 1 ? 1 : apart);
  const low = a - (to[0] - plot.left) * perPx;
  return perPx > 0 ? [low, low + plot.width * perPx] : plot.x;
}
