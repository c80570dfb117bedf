import type { Span } from "../lib/columns";

/**
 * The x window that all charts of a page share: the zoomed window when there is one, else the union of what the charts
 * hold. Charts report the ends of their data and listen; nothing here renders a component.
 */
export class Viewport {
  private axis = "step";
  private zoomed: Span | null = null;
  private previewed: Span | null = null;
  private readonly ends = new Map<string, Span>();
  private union: Span | null = null;
  private readonly listeners = new Set<() => void>();

  /** The window to draw on an axis; null on another than the shared one. */
  window(axis = this.axis): Span | null {
    return axis === this.axis ? (this.previewed ?? this.zoomed ?? this.union) : null;
  }

  /** What is seen while a movement lasts; the window that it ends in comes by `show`. */
  preview(window: Span | null): void {
    if (this.previewed === window) return;
    this.previewed = window;
    this.notify();
  }

  /** Everything there is on this axis, as far as charts have reported it. */
  extent(): Span | null {
    return this.union;
  }

  /** A new axis forgets the ends: they were in another unit. */
  show(axis: string, zoomed: Span | null): void {
    const wasPreviewed = this.previewed !== null;
    this.previewed = null;
    const sameZoom = zoomed?.[0] === this.zoomed?.[0] && zoomed?.[1] === this.zoomed?.[1];
    if (axis === this.axis && sameZoom && !wasPreviewed) return;
    if (axis !== this.axis) {
      this.ends.clear();
      this.union = null;
    }
    this.axis = axis;
    this.zoomed = zoomed;
    this.notify();
  }

  /** Ends of a chart's whole data; a zoomed answer is cut to the window and says nothing about them. */
  report(chart: string, axis: string, ends: Span | null): void {
    if (axis !== this.axis || this.zoomed || !ends) return;
    this.ends.set(chart, ends);
    const union = unionOf(this.ends.values());
    if (union?.[0] === this.union?.[0] && union?.[1] === this.union?.[1]) return;
    this.union = union;
    this.notify();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

function unionOf(spans: Iterable<Span>): Span | null {
  let [low, high] = [Infinity, -Infinity];
  for (const [start, end] of spans) {
    low = Math.min(low, start);
    high = Math.max(high, end);
  }
  return low <= high ? [low, high] : null;
}

/** Four digits of the window's width: enough for any pixel, and short in the address. */
export function roundedWindow([from, to]: Span): Span {
  const grain = 10 ** (Math.floor(Math.log10(to - from)) - 3);
  const round = (value: number) => Number((Math.round(value / grain) * grain).toPrecision(15));
  return [round(from), round(to)];
}

/** The window after zooming by `factor` (< 1 is closer) and moving by `shift` window widths, kept within the extent. */
export function movedWindow(current: Span, extent: Span | null, move: { factor: number; shift: number }): Span | null {
  const width = (current[1] - current[0]) * move.factor;
  const middle = (current[0] + current[1]) / 2 + (current[1] - current[0]) * move.shift;
  let [from, to] = [middle - width / 2, middle + width / 2];
  if (!extent) return [from, to];
  if (width >= extent[1] - extent[0]) return null;
  if (from < extent[0]) [from, to] = [extent[0], extent[0] + width];
  if (to > extent[1]) [from, to] = [extent[1] - width, extent[1]];
  return [from, to];
}
