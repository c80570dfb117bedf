import type { FigureOption } from "../Figure";
import { formatNumber } from "../../lib/format";
import { ink, lineColor, type ChartTheme } from "../palette";

/** Main is what all together are, strong was chosen, faint is the rest, and a ghost is what the others are compared with. */
export type CurveLook = "main" | "strong" | "faint" | "ghost";

export interface CurveLine {
  readonly id: string;
  readonly label: string;
  readonly x: readonly number[];
  /** NaN where there is nothing. */
  readonly y: readonly number[];
  readonly look: CurveLook;
  /** Number of a line's colour; null for that of all together. */
  readonly color: number | null;
}

type Ends = readonly [low: number, high: number | null];

export interface CurvePicture {
  readonly lines: readonly CurveLine[];
  readonly xName: string;
  readonly yName: string;
  readonly theme: ChartTheme;
  readonly locale: string;
  /** Ends of the axes; null where the data say it. */
  readonly xEnds: Ends | null;
  readonly yEnds: Ends | null;
  /** Where a vertical line says something. */
  readonly marks: readonly { readonly x: number; readonly label: string }[];
  /** Whether lines stand on one another. */
  readonly stacked: boolean;
}

const MAIN: Record<ChartTheme, string> = { light: "#171b21", dark: "#e6eaef" };
const SURFACE: Record<ChartTheme, string> = { light: "#ffffff", dark: "#1d232b" };
const WIDTH: Record<CurveLook, number> = { main: 2.5, strong: 2, faint: 1, ghost: 1.25 };
const ORDER: readonly CurveLook[] = ["faint", "ghost", "strong", "main"];
const FAINT_OPACITY = 0.45;
const FEW = 12; // faint lines; more of them are drawn fainter still
const TOLD_MOST = 12;

export function curveColor(theme: ChartTheme, { look, color }: Pick<CurveLine, "look" | "color">): string {
  if (look === "faint") return ink(theme).label;
  return color === null ? MAIN[theme] : lineColor(theme, color);
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function axis(theme: ChartTheme, locale: string) {
  const colors = ink(theme);
  return {
    type: "value" as const,
    axisLine: { show: true, lineStyle: { color: colors.axis } },
    axisTick: { show: false },
    axisLabel: { color: colors.label, fontSize: 11, hideOverlap: true, formatter: (value: number) => formatNumber(value, locale) },
    splitLine: { lineStyle: { color: colors.split } },
    nameTextStyle: { color: colors.label, fontSize: 11 },
  };
}

function ends(of: Ends | null) {
  if (!of) return { scale: true };
  return of[1] === null ? { min: of[0] } : { min: of[0], max: of[1] };
}

type Told = { readonly seriesIndex?: number; readonly value?: unknown };

/** What the tooltip says: the x once, then the lines that were chosen, greatest first. */
export function told(picture: Pick<CurvePicture, "theme" | "locale" | "xName">, drawn: readonly CurveLine[], found: readonly Told[]): string {
  const rows = found.flatMap(({ seriesIndex = -1, value }) => {
    const line = drawn[seriesIndex];
    const [x, y]: unknown[] = Array.isArray(value) ? value : [];
    return line && line.look !== "faint" && typeof x === "number" && typeof y === "number" && Number.isFinite(y) ? [{ line, x, y }] : [];
  });
  const [first] = rows;
  if (!first) return "";
  const lines = rows
    .toSorted((a, b) => b.y - a.y)
    .slice(0, TOLD_MOST)
    .map(({ line, y }) => {
      const dash = `<span style="display:inline-block;width:12px;margin-right:6px;vertical-align:middle;border-top:2px ${line.look === "ghost" ? "dashed" : "solid"} ${curveColor(picture.theme, line)}"></span>`;
      return `${dash}${escaped(line.label)} <b>${formatNumber(y, picture.locale)}</b>`;
    });
  return [`${escaped(picture.xName)} ${formatNumber(first.x, picture.locale)}`, ...lines].join("<br>");
}

function seriesOf(line: CurveLine, picture: CurvePicture, faintOpacity: number) {
  const color = curveColor(picture.theme, line);
  return {
    type: "line" as const,
    name: line.id,
    data: line.x.map((x, at) => [x, line.y[at] ?? Number.NaN]),
    showSymbol: line.x.length === 1,
    symbolSize: 5,
    silent: true,
    emphasis: { disabled: true },
    itemStyle: { color },
    lineStyle: { color, width: WIDTH[line.look], type: line.look === "ghost" ? ("dashed" as const) : ("solid" as const), opacity: line.look === "faint" ? faintOpacity : 1 },
    ...(picture.stacked ? { stack: "all", areaStyle: { color, opacity: 0.55 }, lineStyle: { width: 0 } } : {}),
  };
}

function marksOf(picture: CurvePicture) {
  const colors = ink(picture.theme);
  return {
    silent: true,
    symbol: "none",
    animation: false,
    lineStyle: { color: colors.label, type: "dashed" as const, width: 1 },
    label: { color: colors.label, fontSize: 11, formatter: "{b}", position: "end" as const },
    data: picture.marks.map(({ x, label }) => ({ xAxis: x, name: label })),
  };
}

/** Curves over a number that is no time of the training: confidence, recall; or a few values each epoch. */
export function curveLines(picture: CurvePicture): FigureOption {
  const drawn = picture.lines.toSorted((a, b) => ORDER.indexOf(a.look) - ORDER.indexOf(b.look));
  const faint = drawn.filter(({ look }) => look === "faint").length;
  const opacity = faint > FEW ? Math.max(0.08, (FAINT_OPACITY * FEW) / faint) : FAINT_OPACITY;
  const base = axis(picture.theme, picture.locale);
  const series = drawn.map((line) => seriesOf(line, picture, opacity));
  return {
    grid: { left: 8, right: 16, top: 28, bottom: 26, containLabel: true },
    xAxis: { ...base, ...ends(picture.xEnds), name: picture.xName, nameLocation: "middle", nameGap: 26, splitLine: { show: false } },
    yAxis: { ...base, ...ends(picture.yEnds), name: picture.yName, nameTextStyle: { ...base.nameTextStyle, align: "left" } },
    tooltip: {
      trigger: "axis",
      confine: true,
      transitionDuration: 0,
      backgroundColor: SURFACE[picture.theme],
      borderColor: ink(picture.theme).axis,
      textStyle: { color: MAIN[picture.theme], fontSize: 12 },
      axisPointer: { type: "line", lineStyle: { color: ink(picture.theme).label } },
      formatter: (found: unknown) => told(picture, drawn, Array.isArray(found) ? found : []),
    },
    series: series.map((one, at) => (at === 0 && picture.marks.length > 0 ? { ...one, markLine: marksOf(picture) } : one)),
  };
}
