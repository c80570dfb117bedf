import type { FigureOption } from "../Figure";
import { ink, lineColor, type ChartTheme } from "../palette";

export interface EmbeddingGroup {
  readonly kind: number;
  /** Places of its points among all. */
  readonly members: readonly number[];
}

export interface EmbeddingInput {
  readonly points: readonly (readonly [number, number])[];
  readonly groups: readonly EmbeddingGroup[];
  /** Null where nothing is selected: then all are strong. */
  readonly selected: ReadonlySet<number> | null;
  /** What is seen of the plane. */
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly theme: ChartTheme;
}

const SYMBOLS = ["circle", "rect", "triangle", "diamond", "path://M0,0 10,10 M10,0 0,10", "path://M5,0 V10 M0,5 H10"] as const;
const LINE_FROM = 4; // the symbols from here on are strokes, which have no area
const SIZE_PX = 7;
const [STRONG, PLAIN, FAINT] = [1, 0.8, 0.12];

/** The sign of a class: colours repeat, and not everybody tells them apart. */
export const symbolOf = (kind: number): string => SYMBOLS[Math.max(0, kind) % SYMBOLS.length] ?? SYMBOLS[0];

/** Points of a feature space, a series a class. */
export function embeddingOption({ points, groups, selected, x, y, theme }: EmbeddingInput): FigureOption {
  const hidden = { show: false, axisLabel: { show: false } };
  const { split } = ink(theme);
  return {
    grid: { left: 0, right: 0, top: 0, bottom: 0 },
    xAxis: { type: "value", min: x[0], max: x[1], ...hidden, splitLine: { lineStyle: { color: split } } },
    yAxis: { type: "value", min: y[0], max: y[1], ...hidden, splitLine: { lineStyle: { color: split } } },
    series: groups.map(({ kind, members }) => {
      const color = lineColor(theme, Math.max(0, kind));
      const isLine = Math.max(0, kind) % SYMBOLS.length >= LINE_FROM;
      return {
        type: "scatter",
        symbol: symbolOf(kind),
        symbolSize: SIZE_PX,
        silent: true,
        itemStyle: { color, ...(isLine ? { borderColor: color, borderWidth: 1.5 } : {}) },
        data: members.map((at) => ({
          value: [points[at]?.[0] ?? 0, points[at]?.[1] ?? 0],
          itemStyle: { opacity: selected === null ? PLAIN : selected.has(at) ? STRONG : FAINT },
        })),
      };
    }),
  };
}
