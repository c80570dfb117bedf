import { clamp } from "../../lib/numbers";
import type { ChartTheme } from "../palette";

/** Cool is what is wanted, warm what is not: told apart by their place too. */
export type Tint = "cool" | "warm";
type Rgb = readonly [number, number, number];

/** From little to much; lightness alone orders them, so that they are read without seeing hue. */
const STOPS: Record<ChartTheme, Record<Tint, readonly [Rgb, Rgb, Rgb]>> = {
  light: {
    cool: [
      [232, 239, 251],
      [116, 160, 233],
      [23, 58, 140],
    ],
    warm: [
      [253, 238, 224],
      [236, 152, 84],
      [143, 52, 8],
    ],
  },
  dark: {
    cool: [
      [32, 50, 82],
      [52, 104, 190],
      [176, 206, 255],
    ],
    warm: [
      [68, 46, 30],
      [176, 96, 36],
      [255, 202, 153],
    ],
  },
};

function rgbAt(theme: ChartTheme, tint: Tint, share: number): Rgb {
  const [low, middle, high] = STOPS[theme][tint];
  const at = Math.min(1, Math.max(0, share)) * 2;
  const [from, to] = at <= 1 ? [low, middle] : [middle, high];
  const part = at <= 1 ? at : at - 1;
  const mixed = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * part);
  return [mixed(0), mixed(1), mixed(2)];
}

const LEVELS = 64; // more steps than an eye tells apart; strings are made once
const made = new Map<string, string>();

/** The colour of a share from 0 to 1. */
export function tintAt(theme: ChartTheme, tint: Tint, share: number): string {
  const level = Math.round(Math.min(1, Math.max(0, share)) * LEVELS);
  const key = `${theme}${tint}${level}`;
  const known = made.get(key);
  if (known) return known;
  const color = `rgb(${rgbAt(theme, tint, level / LEVELS).join(" ")})`;
  made.set(key, color);
  return color;
}

/** Black or white, whichever is read better on the colour of a share. */
export function inkOn(theme: ChartTheme, tint: Tint, share: number): string {
  const linear = rgbAt(theme, tint, share).map((part) => ((part / 255 + 0.055) / 1.055) ** 2.4);
  const [red = 0, green = 0, blue = 0] = linear;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#10151c" : "#fff";
}

/** A CSS gradient of the whole scale, for its key. */
export function tintGradient(theme: ChartTheme, tint: Tint): string {
  return `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map((share) => tintAt(theme, tint, share)).join(", ")})`;
}

/** A label of how many cells has room, when each needs so many pixels. */
export function everyNth(cellPx: number, neededPx: number): number {
  const least = Math.max(1, Math.ceil(neededPx / Math.max(cellPx, 0.01)));
  const nice = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000].find((one) => one >= least);
  return nice ?? least;
}

export interface HeatShape {
  readonly rows: number;
  readonly columns: number;
}

export interface HeatBox {
  /** CSS pixels left of and above the cells, where the labels are. */
  readonly left: number;
  readonly top: number;
  /** CSS pixels of the whole picture as it is seen. */
  readonly width: number;
  readonly height: number;
  readonly cell: number;
}

const CELL_MOST = 56;
const CELL_LEAST = 0.5;

/** Where everything is when the whole matrix fits into the room, or `zoom` times as large, to be scrolled. */
export function heatBox(shape: HeatShape, room: { width: number; height: number; left: number; top: number }, zoom: number): HeatBox {
  const [across, down] = [(room.width - room.left) / Math.max(1, shape.columns), (room.height - room.top) / Math.max(1, shape.rows)];
  const fit = Math.max(CELL_LEAST, Math.min(CELL_MOST, across, down));
  const cell = zoom === 1 ? fit : Math.max(fit, Math.min(CELL_MOST, fit * zoom));
  const height = Math.min(room.height, room.top + cell * shape.rows);
  const width = Math.min(room.width, room.left + cell * shape.columns);
  return { left: room.left, top: room.top, width, height, cell };
}

export interface Place {
  readonly row: number;
  readonly column: number;
}

/** The cell at a point of the picture, scrolled by so much; null beside the cells. */
export function placeAt(box: HeatBox, shape: HeatShape, point: { x: number; y: number }, scroll: { x: number; y: number }): Place | null {
  if (point.x < box.left || point.y < box.top) return null;
  const column = Math.floor((point.x - box.left + scroll.x) / box.cell);
  const row = Math.floor((point.y - box.top + scroll.y) / box.cell);
  return row >= 0 && column >= 0 && row < shape.rows && column < shape.columns ? { row, column } : null;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The cell that an arrow key leads to; null for any other key. */
export function placeByKey(key: string, now: Place | null, shape: HeatShape): Place | null {
  const step = STEPS[key];
  if (!step) return null;
  if (!now) return { row: 0, column: 0 };
  return { row: clamp(now.row + step[0], 0, shape.rows - 1), column: clamp(now.column + step[1], 0, shape.columns - 1) };
}
