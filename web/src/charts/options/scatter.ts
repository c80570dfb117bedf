import type { FigureOption } from "../Figure";
import { ink, type ChartTheme } from "../palette";
import { shade } from "./shade";

export interface ScatterAxis {
  readonly label: string;
  readonly categories: readonly string[];
  readonly log: boolean;
}

export interface ScatterPoint {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** 0 to 1, what colours it; null where it has none. */
  readonly tone: number | null;
}

export interface ScatterAsk {
  readonly x: ScatterAxis;
  readonly y: ScatterAxis;
  readonly points: readonly ScatterPoint[];
  readonly theme: ChartTheme;
  readonly format: (value: number) => string;
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function axisOption({ label, categories, log }: ScatterAxis, theme: ChartTheme, format: (value: number) => string) {
  const colors = ink(theme);
  const shared = {
    name: label,
    nameLocation: "middle" as const,
    nameTextStyle: { color: colors.label, fontSize: 12 },
    axisLine: { lineStyle: { color: colors.axis } },
    splitLine: { lineStyle: { color: colors.split } },
  };
  const style = { color: colors.label, fontSize: 11, hideOverlap: true };
  if (categories.length > 0) return { ...shared, type: "category" as const, data: [...categories], axisLabel: style };
  return { ...shared, type: log ? ("log" as const) : ("value" as const), scale: true, axisLabel: { ...style, formatter: format } };
}

/** A point a run over two axes. */
export function scatterOption({ x, y, points, theme, format }: ScatterAsk): FigureOption {
  const told = (axis: ScatterAxis, value: number) => escaped(axis.categories[value] ?? format(value));
  return {
    grid: { left: 76, right: 24, top: 16, bottom: 48 },
    xAxis: { ...axisOption(x, theme, format), nameGap: 30 },
    yAxis: { ...axisOption(y, theme, format), nameGap: 52 },
    tooltip: {
      show: true,
      confine: true,
      formatter: (params) => {
        const [one] = [params].flat();
        const point = points[one?.dataIndex ?? -1];
        return point ? `<b>${escaped(point.name)}</b><br>${escaped(x.label)}: ${told(x, point.x)}<br>${escaped(y.label)}: ${told(y, point.y)}` : "";
      },
    },
    series: [
      {
        type: "scatter",
        symbolSize: 10,
        data: points.map((point) => ({
          name: point.name,
          value: [point.x, point.y],
          itemStyle: { color: point.tone === null ? ink(theme).label : shade(point.tone, theme), opacity: 0.85 },
        })),
      },
    ],
  };
}
