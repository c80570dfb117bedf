import type { Columns } from "../lib/columns";
import type { Plot } from "./plot";
import { traceBand, traceDots, traceLine, traceMarks, traceOutside, traceScatter, type Pen, type Track } from "./trace";

/** What one path of a chart draws. */
export type Stroke =
  | { readonly kind: "line" | "dots" | "scatter"; readonly track: Track }
  | { readonly kind: "band" | "outside"; readonly plot: Plot; readonly x: Float64Array; readonly columns: Columns }
  | { readonly kind: "marks"; readonly plot: Plot; readonly columns: Columns };

export function traceStroke(pen: Pen, stroke: Stroke): void {
  switch (stroke.kind) {
    case "line":
      return traceLine(pen, stroke.track);
    case "dots":
      return traceDots(pen, stroke.track);
    case "scatter":
      return traceScatter(pen, stroke.track);
    case "outside":
      return traceOutside(pen, stroke.plot, stroke.x, stroke.columns);
    case "band":
      return traceBand(pen, stroke.plot, stroke.x, stroke.columns);
    case "marks":
      return traceMarks(pen, stroke.plot, stroke.columns);
  }
}
