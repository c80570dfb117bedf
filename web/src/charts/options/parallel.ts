import type { FigureOption } from "../Figure";
import { ink, type ChartTheme } from "../palette";
import { shade } from "./shade";

export interface ParallelAxis {
  readonly id: string;
  readonly label: string;
  /** Words in order; none for numbers. */
  readonly categories: readonly string[];
  readonly log: boolean;
}

export interface ParallelLine {
  readonly name: string;
  /** A place on each axis, null where there is none. */
  readonly places: readonly (number | null)[];
  /** 0 to 1, what colours it; null where it has none. */
  readonly tone: number | null;
  readonly within: boolean;
}

export interface ParallelAsk {
  readonly axes: readonly ParallelAxis[];
  readonly lines: readonly ParallelLine[];
  readonly theme: ChartTheme;
  readonly format: (value: number) => string;
}

const LABEL_CHARACTERS = 14;
const cut = (label: string) => ([...label].length > LABEL_CHARACTERS ? `${[...label].slice(0, LABEL_CHARACTERS - 1).join("")}…` : label);
const OUTSIDE = 0.08;

function axisOption(axis: ParallelAxis, dim: number, format: (value: number) => string) {
  const named = { id: axis.id, dim, name: cut(axis.label), realtime: false }; // told once a selection is made, not at each pixel
  if (axis.categories.length > 0) return { ...named, type: "category" as const, data: [...axis.categories], axisLabel: { formatter: cut } };
  if (axis.log) return { ...named, type: "log" as const, axisLabel: { formatter: format } };
  return { ...named, type: "value" as const, scale: true, axisLabel: { formatter: format } };
}

/** Lines over axes side by side. Dragging along an axis is what chooses among them; what lies outside is pale. */
export function parallelOption({ axes, lines, theme, format }: ParallelAsk): FigureOption {
  const colors = ink(theme);
  const style = { color: colors.label, fontSize: 11 };
  const onLines = { ...style, color: colors.text, textBorderColor: colors.surface, textBorderWidth: 4 };
  return {
    parallel: { left: 48, right: 72, top: 40, bottom: 20, parallelAxisDefault: {
      nameLocation: "end", nameGap: 14, nameTextStyle: style, axisLabel: onLines,
      axisLine: { lineStyle: { color: colors.axis } }, axisTick: { lineStyle: { color: colors.axis } },
      areaSelectStyle: { width: 16, borderWidth: 1, borderColor: colors.label, color: colors.label, opacity: 0.25 },
    } },
    parallelAxis: axes.map((axis, dim) => axisOption(axis, dim, format)),
    tooltip: { show: true, confine: true },
    series: [
      {
        type: "parallel",
        inactiveOpacity: OUTSIDE,
        activeOpacity: 0.75,
        smooth: false,
        lineStyle: { width: 1.5 },
        data: lines.map(({ name, places, tone, within }) => ({
          name,
          value: places.map((place) => place ?? "-"),
          lineStyle: { color: tone === null ? colors.label : shade(tone, theme), opacity: within ? 0.75 : OUTSIDE },
        })),
      },
    ],
  };
}
