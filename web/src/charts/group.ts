import type { Span, XAxis } from "../lib/columns";
import { createSignal, type Signal } from "../lib/signal";
import { FrameScheduler } from "./scheduler";

/** Where the pointer is, in x values; `chart` is the one under it. */
export interface Cursor {
  readonly x: number;
  readonly axis: XAxis;
  readonly chart: string;
}

/** The window the charts of a page agree on. */
export interface SharedWindow {
  window(): Span | null;
  report(chart: string, axis: XAxis, ends: Span | null): void;
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
