import { paintedLines, type Layout, type Painted } from "./options/lines";
import { flagsOf, MARK_LABEL, MARK_PAINT, marksOf, SHADE_OPACITY, shadeOf, traceFlag } from "./options/marks";
import { ink } from "./palette";
import { pxFromX, type Plot } from "./plot";
import type { ChartLook, Scene } from "./scene";
import { traceStroke } from "./shapes";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Picture {
  readonly scene: Scene;
  readonly look: ChartLook;
  readonly layout: Layout;
}

/** The part of a canvas context that a chart is painted with. */
export type Brush = Pick<
  CanvasRenderingContext2D,
  | "beginPath" | "moveTo" | "lineTo" | "arc" | "closePath" | "rect" | "clip" | "stroke" | "fill" | "save" | "restore" | "fillText" | "measureText"
  | "setLineDash" | "font" | "fillStyle" | "strokeStyle" | "lineWidth" | "lineJoin" | "globalAlpha" | "textAlign" | "textBaseline"
>;

const LABEL_PX = 11;
const LABEL_GAP_PX = 8;
const APART_PX = 6; // labels along x that are nearer to each other are left out
const SOLID: number[] = [];

/** Between two pixels a thin line would be blurred over both. */
const crisp = (px: number) => Math.round(px) + 0.5;

interface Line {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

function straight(brush: Brush, color: string, { from, to }: Line): void {
  brush.strokeStyle = color;
  brush.lineWidth = 1;
  brush.beginPath();
  brush.moveTo(...from);
  brush.lineTo(...to);
  brush.stroke();
}

function paintRows(brush: Brush, { look, layout: { plot, yTicks } }: Picture): void {
  const colors = ink(look.theme);
  brush.textAlign = "right";
  brush.textBaseline = "middle";
  brush.fillStyle = colors.label;
  for (const value of yTicks.values) {
    const py = plot.top + ((plot.y[1] - value) / (plot.y[1] - plot.y[0])) * plot.height;
    straight(brush, colors.split, { from: [plot.left, crisp(py)], to: [plot.left + plot.width, crisp(py)] });
    brush.fillText(yTicks.label(value), plot.left - LABEL_GAP_PX, py);
  }
}

function paintColumns(brush: Brush, { look, layout: { plot, xTicks } }: Picture, { width }: Size): void {
  const colors = ink(look.theme);
  const bottom = plot.top + plot.height;
  straight(brush, colors.axis, { from: [plot.left, crisp(bottom)], to: [plot.left + plot.width, crisp(bottom)] });
  brush.textAlign = "center";
  brush.textBaseline = "top";
  let end = -Infinity;
  for (const value of xTicks.values) {
    const label = xTicks.label(value);
    const half = brush.measureText(label).width / 2;
    const middle = Math.min(pxFromX(plot, value), width - half);
    if (middle - half < end + APART_PX) continue;
    brush.fillText(label, middle, bottom + LABEL_GAP_PX);
    end = middle + half;
  }
}

function paintPath(brush: Brush, { stroke, paint }: Painted): void {
  brush.globalAlpha = paint.opacity;
  brush.beginPath();
  traceStroke(brush, stroke);
  if (paint.fill) {
    brush.fillStyle = paint.fill;
    brush.fill();
  }
  if (!paint.stroke) return;
  brush.strokeStyle = paint.stroke;
  brush.lineWidth = paint.lineWidth ?? 1;
  brush.setLineDash(paint.lineDash ?? SOLID);
  brush.stroke();
}

function paintShade(brush: Brush, look: ChartLook, plot: Plot): void {
  const stretch = shadeOf(look, plot);
  if (!stretch) return;
  brush.globalAlpha = SHADE_OPACITY;
  brush.fillStyle = ink(look.theme).label;
  brush.beginPath();
  brush.rect(stretch.px, plot.top, stretch.width, plot.height);
  brush.fill();
  brush.globalAlpha = 1;
}

function paintInside(brush: Brush, { scene, look, layout: { plot } }: Picture): void {
  brush.save();
  brush.beginPath();
  brush.rect(plot.left, plot.top, plot.width, plot.height);
  brush.clip();
  brush.lineJoin = "round";
  paintShade(brush, look, plot);
  for (const one of paintedLines(scene, look, plot)) paintPath(brush, one);
  brush.restore();
}

/** A thin line for each beginning of an attempt or a stage, with its label above the plot. */
function paintMarks(brush: Brush, { look, layout: { plot } }: Picture): void {
  const { label: color } = ink(look.theme);
  brush.textBaseline = "bottom";
  for (const { kind, px, label, side } of marksOf(look, plot)) {
    brush.globalAlpha = MARK_PAINT[kind].opacity;
    brush.setLineDash([...MARK_PAINT[kind].dash]);
    straight(brush, color, { from: [px, plot.top - MARK_LABEL.rise], to: [px, plot.top + plot.height] });
    brush.globalAlpha = 1;
    brush.textAlign = side === "right" ? "left" : "right";
    brush.fillStyle = color;
    brush.fillText(label, side === "right" ? px + MARK_LABEL.gap : px - MARK_LABEL.gap, plot.top - MARK_LABEL.above);
  }
}

const FLAG_OPACITY = 0.8;

/** A thin line where something worth a look began, with a head that says how grave it is. */
function paintFlags(brush: Brush, { look, layout: { plot } }: Picture): void {
  const colors = ink(look.theme);
  brush.setLineDash(SOLID);
  for (const flag of flagsOf(look, plot)) {
    const color = flag.tone === "info" ? colors.label : colors[flag.tone];
    brush.globalAlpha = FLAG_OPACITY;
    straight(brush, color, { from: [flag.px, plot.top], to: [flag.px, plot.top + plot.height] });
    brush.globalAlpha = 1;
    brush.beginPath();
    traceFlag(brush, flag, plot);
    brush.fillStyle = color;
    brush.fill();
  }
}

/** Paints a whole chart, in CSS pixels, on what is clean. */
export function paintChart(brush: Brush, picture: Picture, size: Size, family: string): void {
  brush.save();
  brush.font = `${LABEL_PX}px ${family}`;
  paintRows(brush, picture);
  paintColumns(brush, picture, size);
  paintInside(brush, picture);
  brush.font = `${MARK_LABEL.size}px ${family}`;
  paintMarks(brush, picture);
  paintFlags(brush, picture);
  brush.restore();
}

/** The canvas of a chart, as sharp as the screen. */
export class Surface {
  private readonly canvas = document.createElement("canvas");
  private readonly brush = this.canvas.getContext("2d");
  private readonly family: string;
  private held: Size = { width: 0, height: 0 };
  private density = 1;
  private scale = 1;

  constructor(private readonly holder: HTMLElement) {
    this.family = getComputedStyle(holder).fontFamily || "sans-serif";
    holder.append(this.canvas);
    this.fit();
  }

  size(): Size {
    return this.held;
  }

  /** Takes the size of what holds it, also where the page shows it larger; tells whether it was another, which leaves the canvas empty. */
  fit(): boolean {
    const { holder, canvas } = this;
    this.density = window.devicePixelRatio;
    this.scale = this.density * (holder.currentCSSZoom ?? 1);
    this.held = { width: holder.clientWidth, height: holder.clientHeight };
    const [width, height] = [Math.round(this.held.width * this.scale), Math.round(this.held.height * this.scale)];
    if (width === canvas.width && height === canvas.height) return false;
    [canvas.width, canvas.height] = [width, height];
    return true;
  }

  paint(picture: Picture): void {
    if (this.density !== window.devicePixelRatio) this.fit();
    this.clear();
    this.brush?.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    if (this.brush) paintChart(this.brush, picture, this.held, this.family);
  }

  clear(): void {
    this.brush?.setTransform(1, 0, 0, 1, 0, 0);
    this.brush?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Gives its memory back now, not when garbage is collected. */
  dispose(): void {
    [this.canvas.width, this.canvas.height] = [0, 0];
    this.canvas.remove();
  }
}
