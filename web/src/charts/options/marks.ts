import type { CustomSeriesOption } from "echarts/charts";
import { ink, type ChartTheme } from "../palette";
import { pxFromX, type Plot } from "../plot";
import type { ChartLook } from "../scene";

const LABEL_PX = 10;
const CHARACTER_PX = { latin: 5.4, wide: 10 } as const; // mean widths at the label's size
const GAP_PX = 4;

/** The beginning of an attempt in the chart's pixels; a label that has no room is left out. */
export interface Mark {
  readonly px: number;
  readonly label: string;
  readonly side: "left" | "right";
}

const widthOf = (label: string) =>
  [...label].reduce((sum, character) => sum + (character > "\u2E80" ? CHARACTER_PX.wide : CHARACTER_PX.latin), 0);

/** Where attempts begin within the plot. Labels stand right of their line, at the right edge left of it, and never over one another. */
export function marksOf({ attempts }: ChartLook, plot: Plot): Mark[] {
  const right = plot.left + plot.width;
  let free = plot.left;
  return attempts
    .filter(({ x }) => x >= plot.x[0] && x <= plot.x[1])
    .map(({ x, label }) => {
      const px = Math.round(pxFromX(plot, x)) + 0.5;
      const width = widthOf(label) + GAP_PX;
      const side = px + width > right + GAP_PX ? "left" : "right";
      const from = side === "right" ? px : px - width;
      if (from < free) return { px, label: "", side };
      free = from + width + GAP_PX;
      return { px, label, side };
    });
}

/** A thin line for each beginning, with its label above the plot. */
export function marksSeries(marks: readonly Mark[], on: { theme: ChartTheme; plot: Plot; at: [number, number] }): CustomSeriesOption {
  const { plot, theme } = on;
  const colors = ink(theme);
  const children = marks.flatMap(({ px, label, side }) => [
    {
      type: "line" as const,
      silent: true,
      shape: { x1: px, y1: plot.top - 8, x2: px, y2: plot.top + plot.height },
      style: { stroke: colors.label, opacity: 0.55, lineWidth: 1, lineDash: [3, 3] },
    },
    {
      type: "text" as const,
      silent: true,
      style: {
        text: label,
        x: side === "right" ? px + GAP_PX : px - GAP_PX,
        y: plot.top - 3,
        fill: colors.label,
        fontSize: LABEL_PX,
        textAlign: side === "right" ? ("left" as const) : ("right" as const),
        textVerticalAlign: "bottom" as const,
      },
    },
  ]);
  return {
    id: "attempts",
    type: "custom",
    silent: true,
    clip: false,
    z: 1,
    data: [on.at],
    renderItem: () => ({ type: "group", silent: true, children }),
  };
}
