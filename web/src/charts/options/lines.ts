import type { CustomSeriesOption } from "echarts/charts";
import type { GridComponentOption } from "echarts/components";
import type { ComposeOption } from "echarts/core";
import { ink, lineColor, lineDash, type ChartTheme } from "../palette";
import type { Span } from "../../lib/columns";
import type { Plot } from "../plot";
import type { ChartLook, Scene, SceneLine } from "../scene";
import { STROKE, type Stroke } from "../shapes";
import { logTicks, scaleOf, xTicks, type Ticks } from "../ticks";
import { hasBand } from "../trace";
import { marksOf, marksSeries } from "./marks";

export type LinesOption = ComposeOption<CustomSeriesOption | GridComponentOption>;

const MARGIN = { top: 10, right: 14, bottom: 24 } as const;
const MARKED_TOP_PX = 20; // room for the names of attempts and stages
const LABEL_PX = 11;
const CHARACTER_PX = 6.3; // mean width of a digit at the label's size
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
  const isMarked = look.attempts.length > 1 || (look.stages?.length ?? 0) > 0;
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

/** Every key is always given: zrender merges styles, and a path may take the place of another kind of path. */
const BARE = { stroke: "none", fill: "none", lineWidth: 0, lineDash: "solid" as const, lineJoin: "round" as const };

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

const asPath = ({ stroke, paint }: Painted) => ({ type: STROKE, silent: true, shape: { stroke }, style: { ...BARE, ...paint } });

function paintsOf(one: SceneLine, plot: Plot, look: ChartLook, crowded: boolean): Painted[] {
  const { line, columns, x, y, raw } = one;
  const color = lineColor(look.theme, line.color);
  const track = { plot, x, y };
  if (line.supersededOf !== null) return [{ stroke: { kind: "line", track }, paint: { stroke: color, opacity: SUPERSEDED, lineWidth: 1 } }];
  const outside: Painted = { stroke: { kind: "outside", plot, x, columns }, paint: { fill: color, opacity: 1 } };
  if (line.scattered) return [{ stroke: { kind: "scatter", track }, paint: scatterPaint(line, color) }, outside];
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
  paints.push(outside);
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
  return scene.lines.flatMap((line) => paintsOf(line, plot, look, crowded));
}

function axisOf(ticks: Ticks, theme: ChartTheme) {
  const colors = ink(theme);
  return {
    type: "value" as const,
    axisTick: { show: false, customValues: ticks.values },
    axisLabel: {
      customValues: ticks.values,
      formatter: ticks.label,
      color: colors.label,
      fontSize: LABEL_PX,
      hideOverlap: true,
    },
    splitLine: { lineStyle: { color: colors.split } },
  };
}

/** Everything ECharts is told: two plain axes and one custom series that draws all lines. */
export function linesOption(scene: Scene, look: ChartLook, layout: Layout): LinesOption {
  const { plot } = layout;
  const children = paintedLines(scene, look, plot).map(asPath);
  const horizontal = axisOf(layout.xTicks, look.theme);
  return {
    animation: false,
    grid: { left: plot.left, top: plot.top, width: plot.width, height: plot.height },
    xAxis: {
      ...horizontal,
      min: scene.x[0],
      max: scene.x[1],
      splitLine: { show: false },
      axisLine: { show: true, onZero: false, lineStyle: { color: ink(look.theme).axis } },
    },
    yAxis: { ...axisOf(layout.yTicks, look.theme), min: scene.y[0], max: scene.y[1], axisLine: { show: false } },
    series: [
      {
        id: "lines",
        type: "custom",
        silent: true,
        clip: true,
        data: [[scene.x[0], scene.y[0]]],
        // @ts-expect-error ECharts' types list its built-in shapes only, not those made by registerShape.
        renderItem: () => ({ type: "group", silent: true, children }),
      },
      marksSeries(marksOf(look, layout.plot), { theme: look.theme, plot, at: [scene.x[0], scene.y[0]] }),
    ],
  };
}
