import { lineColor, lineDash } from "../palette";
import type { Span } from "../../lib/columns";
import type { Plot } from "../plot";
import type { ChartLook, Scene, SceneLine } from "../scene";
import type { Stroke } from "../shapes";
import { logTicks, scaleOf, xTicks, type Ticks } from "../ticks";
import { hasBand } from "../trace";

const MARGIN = { top: 10, right: 14, bottom: 24 } as const;
const MARKED_TOP_PX = 20; // room for the names of attempts and stages
const CHARACTER_PX = 6.3; // mean width of a digit at the size of labels
const PX_PER_X_TICK = 76;
const PX_PER_Y_TICK = 40;
const FAINT = 0.4;
const SUPERSEDED = 0.32;
const MANY_LINES = 12; // beyond this, bands would cover one another

function yTicks(scene: Scene, look: ChartLook, count: number): Ticks {
  const [low, high] = scene.y;
  const scale = scaleOf(scene.lines[0]?.line.unit ?? "");
  return look.log ? logTicks(low, high, count, look.locale, scale) : scale.ticks(low, high, count, look.locale);
}

function horizontalTicks({ against, axis, locale }: ChartLook, [low, high]: Span, count: number): Ticks {
  return against ? scaleOf(against.unit).ticks(low, high, count, locale) : xTicks(axis, low, high, count, locale);
}

export interface Layout {
  readonly plot: Plot;
  readonly xTicks: Ticks;
  readonly yTicks: Ticks;
}

export function layoutOf(scene: Scene, look: ChartLook, size: { width: number; height: number }): Layout {
  const isMarked = look.attempts.length > 1 || (look.stages?.length ?? 0) > 0 || (look.flags?.length ?? 0) > 0;
  const top = isMarked ? MARKED_TOP_PX : MARGIN.top;
  const height = size.height - top - MARGIN.bottom;
  const vertical = yTicks(scene, look, Math.max(2, Math.round(height / PX_PER_Y_TICK)));
  const longest = Math.max(3, ...vertical.values.map((value) => vertical.label(value).length));
  const left = Math.round(longest * CHARACTER_PX + 14);
  const width = Math.max(1, size.width - left - MARGIN.right);
  const count = Math.max(2, Math.floor(width / PX_PER_X_TICK));
  return {
    plot: { left, top, width, height, x: scene.x, y: scene.y, log: look.log },
    xTicks: horizontalTicks(look, scene.x, count),
    yTicks: vertical,
  };
}

export interface Paint {
  readonly stroke?: string;
  readonly fill?: string;
  readonly opacity: number;
  readonly lineWidth?: number;
  readonly lineDash?: number[];
}

/** One path of a chart, before a canvas or a file of vectors draws it. */
export interface Painted {
  readonly stroke: Stroke;
  readonly paint: Paint;
}

interface Around {
  readonly crowded: boolean;
  /** Whether any value lies beyond the y axis. */
  readonly isCut: boolean;
}

function paintsOf(one: SceneLine, plot: Plot, look: ChartLook, { crowded, isCut }: Around): Painted[] {
  const { line, columns, x, y, raw } = one;
  const color = lineColor(look.theme, line.color);
  const track = { plot, x, y };
  if (line.supersededOf !== null) return [{ stroke: { kind: "line", track }, paint: { stroke: color, opacity: SUPERSEDED, lineWidth: 1 } }];
  const outside: Painted[] = isCut ? [{ stroke: { kind: "outside", plot, x, columns }, paint: { fill: color, opacity: 1 } }] : [];
  if (line.scattered) return [{ stroke: { kind: "scatter", track }, paint: scatterPaint(line, color) }, ...outside];
  const dash = lineDash(line.color, line.dashed);
  const strong: Paint = { stroke: color, opacity: line.faint ? FAINT : 1, lineWidth: crowded || line.faint ? 1 : 1.5 };
  const paints: Painted[] = [];
  if (!crowded && hasBand(columns)) {
    paints.push({ stroke: { kind: "band", plot, x, columns }, paint: { fill: color, opacity: raw || line.faint ? 0.1 : 0.16 } });
  }
  if (raw && !line.faint) paints.push({ stroke: { kind: "line", track: { plot, x, y: raw } }, paint: { stroke: color, opacity: 0.28, lineWidth: 1 } });
  paints.push({ stroke: { kind: "line", track }, paint: dash.length > 0 ? { ...strong, lineDash: [...dash] } : strong });
  paints.push({ stroke: { kind: "dots", track }, paint: { fill: color, opacity: 1 } });
  paints.push({ stroke: { kind: "marks", plot, columns }, paint: { fill: color, opacity: 1 } });
  paints.push(...outside);
  return paints;
}

/** Rings where the line would be dashed. */
function scatterPaint({ dashed, faint }: SceneLine["line"], color: string): Paint {
  const opacity = faint ? FAINT : 0.85;
  return dashed ? { stroke: color, lineWidth: 1.2, opacity } : { fill: color, opacity };
}

/** Everything inside the plot, in the order in which it is drawn. */
export function paintedLines(scene: Scene, look: ChartLook, plot: Plot): Painted[] {
  const crowded = scene.lines.filter(({ line }) => line.supersededOf === null).length > MANY_LINES;
  return scene.lines.flatMap((line) => paintsOf(line, plot, look, { crowded, isCut: scene.outside > 0 }));
}
