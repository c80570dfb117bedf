import { clamp } from "../../lib/numbers";

const PANEL_MIN_PX = 360; // a narrower chart cannot be read
const GAP_PX = 12;
const MOST_COLUMNS = 4;
const BUCKET_GRAIN = 50; // widths within a grain ask for the same, and share a request

export interface GridShape {
  readonly columns: number;
  /** Buckets to ask for: about one for two pixels of a chart. */
  readonly buckets: number;
}

/** How many charts stand side by side in a width. Null before there is a width. */
export function gridFor(width: number): GridShape | null {
  if (width <= 0) return null;
  const columns = clamp(Math.floor((width + GAP_PX) / (PANEL_MIN_PX + GAP_PX)), 1, MOST_COLUMNS);
  const panel = (width - (columns - 1) * GAP_PX) / columns;
  return { columns, buckets: clamp(Math.round(panel / 2 / BUCKET_GRAIN) * BUCKET_GRAIN, 200, 1000) };
}
