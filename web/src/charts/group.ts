import type { Span } from "../lib/columns";
import { createSignal, type Signal } from "../lib/signal";
import { FrameScheduler } from "./scheduler";

/** Where the pointer is, in x values; `chart` is the one under it, `py` its height there, null when keys moved it. */
export interface Cursor {
  readonly x: number;
  /** What runs along x: `axisKeyOf` of the chart under the pointer. */
  readonly axis: string;
  readonly chart: string;
  readonly py: number | null;
}

/** The window that the charts of a page with the same x axis agree on. */
export interface SharedWindow {
  /** Null where the axis is another than the page's: such a chart shows all it holds. */
  window(axis: string): Span | null;
  /** Everything there is on the page's axis. */
  extent(): Span | null;
  /** Shows another window for as long as a movement lasts; null ends it. */
  preview(window: Span | null): void;
  report(chart: string, axis: string, ends: Span | null): void;
  subscribe(listener: () => void): () => void;
}

/** What the charts of one page share: a cursor, a window and the turn to draw. */
export interface ChartGroup {
  readonly cursor: Signal<Cursor | null>;
  readonly scheduler: FrameScheduler;
  readonly shared: SharedWindow;
}

export function createChartGroup(shared: SharedWindow): ChartGroup {
  return { cursor: createSignal<Cursor | null>(null), scheduler: new FrameScheduler(), shared };
}
