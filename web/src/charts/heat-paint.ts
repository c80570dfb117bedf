import { everyNth, inkOn, tintAt, type HeatBox, type HeatShape, type Tint } from "./options/heatmap";
import { ink, type ChartTheme } from "./palette";

/** What a heat map shows, row by row. */
export interface Heat {
  readonly shape: HeatShape;
  /** How strong each cell is, 0 to 1, row by row; 0 and NaN are left blank. */
  readonly shares: ArrayLike<number>;
  readonly tintOf: (row: number, column: number) => Tint;
  /** What stands in a cell that has room for it. */
  readonly textOf: (row: number, column: number) => string;
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
}

export interface HeatView {
  readonly box: HeatBox;
  readonly scroll: { readonly x: number; readonly y: number };
  readonly theme: ChartTheme;
}

const FONT = '11px -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const LABEL_PX = 14;
const TEXT_CELL_PX = 26;
const GAP_CELL_PX = 7; // below it, cells touch
const SMALL_CELL_PX = 5; // a pale dot of that size is not seen: it is drawn stronger, and no smaller than a dot
const SMALL_SHARE = 0.35;
const SMALL_SIDE_PX = 2;
const LABEL_ROOM_PX = 5; // from a label's middle to the edge

/** How wide the widest of some labels is. */
export function labelWidth(labels: readonly string[], most: number): number {
  if (labels.length === 0) return 1; // the frame's
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return most;
  context.font = FONT;
  const widest = labels.reduce((width, label) => Math.max(width, context.measureText(label).width), 0);
  return Math.ceil(Math.min(most, widest + 10));
}

/** Both ends of a text: names of a series of classes differ in the last letters. */
export function shortened(text: string, length: number): string {
  const tail = Math.floor(length / 2);
  return `${text.slice(0, length - tail)}…${text.slice(text.length - tail)}`;
}

function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = text.length - 1;
  while (length > 2 && context.measureText(shortened(text, length)).width > room) length -= 1;
  return shortened(text, length);
}

function visible(offset: number, room: number, cell: number, count: number): readonly [number, number] {
  return [Math.max(0, Math.floor(offset / cell)), Math.min(count - 1, Math.floor((offset + room) / cell))];
}

function paintCells(context: CanvasRenderingContext2D, heat: Heat, { box, scroll, theme }: HeatView): void {
  const { cell, left, top } = box;
  const gap = cell >= GAP_CELL_PX ? 1 : 0;
  const [firstRow, lastRow] = visible(scroll.y, box.height - top, cell, heat.shape.rows);
  const [firstColumn, lastColumn] = visible(scroll.x, box.width - left, cell, heat.shape.columns);
  context.textAlign = "center";
  for (let row = firstRow; row <= lastRow; row += 1) {
    const y = top + row * cell - scroll.y;
    for (let column = firstColumn; column <= lastColumn; column += 1) {
      const share = heat.shares[row * heat.shape.columns + column] ?? Number.NaN;
      if (!(share > 0)) continue;
      const x = left + column * cell - scroll.x;
      const tint = heat.tintOf(row, column);
      context.fillStyle = tintAt(theme, tint, cell < SMALL_CELL_PX ? SMALL_SHARE + (1 - SMALL_SHARE) * share : share);
      context.fillRect(x, y, Math.max(SMALL_SIDE_PX, cell - gap), Math.max(SMALL_SIDE_PX, cell - gap));
      if (cell < TEXT_CELL_PX) continue;
      const text = heat.textOf(row, column);
      if (context.measureText(text).width > cell) continue; // half a number would be another number
      context.fillStyle = inkOn(theme, tint, share);
      context.fillText(text, x + cell / 2, y + cell / 2);
    }
  }
}

function paintRowLabels(context: CanvasRenderingContext2D, labels: readonly string[], { box, scroll }: HeatView): void {
  const every = everyNth(box.cell, LABEL_PX);
  context.textAlign = "right";
  labels.forEach((label, row) => {
    const y = box.top + (row + 0.5) * box.cell - scroll.y;
    if (row % every === 0 && y > box.top && y < box.height - LABEL_ROOM_PX) context.fillText(fitted(context, label, box.left - 8), box.left - 6, y);
  });
}

function paintColumnLabels(context: CanvasRenderingContext2D, labels: readonly string[], { box, scroll }: HeatView): void {
  const every = everyNth(box.cell, LABEL_PX);
  context.textAlign = "left";
  labels.forEach((label, column) => {
    const x = box.left + (column + 0.5) * box.cell - scroll.x;
    if (column % every !== 0 || x < box.left || x > box.width - LABEL_ROOM_PX) return;
    context.save();
    context.translate(x, box.top - 6);
    context.rotate(-Math.PI / 2);
    context.fillText(fitted(context, label, box.top - 8), 0, 0);
    context.restore();
  });
}

/** Draws what of a heat map is in view. */
export function paintHeat(context: CanvasRenderingContext2D, heat: Heat, view: HeatView): void {
  const { box, theme } = view;
  context.clearRect(0, 0, box.width, box.height);
  context.font = FONT;
  context.textBaseline = "middle";
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width - box.left, box.height - box.top);
  context.clip();
  paintCells(context, heat, view);
  context.restore();
  const colors = ink(theme);
  context.strokeStyle = colors.axis;
  context.strokeRect(box.left - 0.5, box.top - 0.5, box.width - box.left, box.height - box.top);
  context.fillStyle = colors.label;
  paintRowLabels(context, heat.rowLabels, view);
  paintColumnLabels(context, heat.columnLabels, view);
}
