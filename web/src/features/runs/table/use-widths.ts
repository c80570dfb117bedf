import { useState, type CSSProperties } from "react";
import { laidOut } from "../columns/layout";
import { withWidth, type ColumnSpec } from "../columns/specs";
import type { Columns } from "../columns/use-columns";
import type { Resizing } from "./use-resize";

const LEAD_PX = 68;

/** Widths go to the style sheet and not to the rows: nothing but one element changes while an edge is dragged. */
export function useWidths(columns: Columns, room: number) {
  const [draft, setDraft] = useState<readonly ColumnSpec[] | null>(null);
  const laid = laidOut(draft ?? columns.shown, { width: room, lead: LEAD_PX });
  const widths = laid.map(({ width }) => width);
  const resizing: Resizing = {
    preview: (id, width) => setDraft(withWidth(columns.shown, id, width)),
    resize(id, width) {
      setDraft(null);
      columns.change(withWidth(columns.shown, id, width));
    },
  };
  const lefts = laid.flatMap(({ left }, at) => (left === null ? [] : [[`--left-${at}`, `${left}px`] as const]));
  const grid = `${LEAD_PX}px ${widths.map((width) => `${width}px`).join(" ")}`;
  const total = LEAD_PX + widths.reduce((sum, width) => sum + width, 0);
  const style: CSSProperties = Object.fromEntries([["--grid", grid], ["--total", `${total}px`], ...lefts]);
  return { style, resizing, widths, moves: total > room };
}
