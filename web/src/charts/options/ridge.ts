import type { FigureOption } from "../Figure";
import { ink, lineColor, type ChartTheme } from "../palette";

/** Histograms over the same edges, one an epoch, oldest first. */
export interface RidgeInput {
  readonly rows: readonly { readonly epoch: string; readonly shares: readonly number[]; readonly said: string }[];
  /** Where the axis of values begins and ends, as places on it. */
  readonly range: readonly [number, number];
  /** What stands at a place of the axis. */
  readonly tick: (place: number) => string;
  /** The greatest share of all that are to be compared. */
  readonly most: number;
  readonly log: boolean;
  readonly theme: ChartTheme;
}

const OVERLAP = 2; // a ridge is so many rows high, and so many rows are left free for the first one
const FREE = Array.from({ length: OVERLAP }, () => "");
const [FAINT, STRONG] = [0.08, 0.5]; // of the oldest and the newest
const FLOOR = 1e-5; // the share from which on the logarithm draws something

/** How high a share is drawn, from 0 to 1. */
export function heightOf(share: number, most: number, log: boolean): number {
  if (most <= 0 || share <= 0) return 0;
  if (!log) return share / most;
  return Math.max(0, Math.log(share / FLOOR) / Math.log(Math.max(most, FLOOR * 2) / FLOOR));
}

/** The outline of one ridge in pixels: over its middle-of-bin points, closed along its base. */
export function outlineOf(heights: readonly number[], [left, right]: readonly [number, number], base: number, tall: number): [number, number][] {
  const each = (right - left) / heights.length;
  const over = heights.map((height, at): [number, number] => [left + each * (at + 0.5), base - height * tall]);
  return [[left, base], ...over, [right, base]];
}

function axes({ rows, range, tick, theme }: RidgeInput): FigureOption {
  const { axis, label, split } = ink(theme);
  const text = { color: label, fontSize: 11 };
  return {
    xAxis: { type: "value", min: range[0], max: range[1], splitNumber: 4, axisLabel: { ...text, formatter: tick, hideOverlap: true, showMinLabel: false, showMaxLabel: false }, axisLine: { lineStyle: { color: axis } }, splitLine: { lineStyle: { color: split } } },
    yAxis: { type: "category", inverse: true, boundaryGap: false, data: [...FREE, ...rows.map(({ epoch }) => epoch)], axisLabel: { ...text, hideOverlap: true }, axisLine: { show: false }, axisTick: { show: false } },
  };
}

const tip = (input: RidgeInput) => ({
  trigger: "item" as const,
  confine: true,
  formatter: (given: unknown) => {
    const at = typeof given === "object" && given !== null && "dataIndex" in given ? Number(given.dataIndex) : -1;
    return input.rows[at]?.said ?? "";
  },
});

/** Histograms one behind the other, the newest in front: how the values of a layer group moved. */
export function ridgeOption(input: RidgeInput): FigureOption {
  const { rows, most, log, theme } = input;
  const color = lineColor(theme, 0);
  const surface = theme === "dark" ? "#15191f" : "#ffffff";
  return {
    ...axes(input),
    grid: { left: 8, right: 16, top: 8, bottom: 4, containLabel: true },
    tooltip: tip(input),
    series: [
      {
        type: "custom",
        clip: false,
        data: rows.map((_, at) => [input.range[0], at + OVERLAP]),
        renderItem: (params, api) => {
          const at = params.dataIndex;
          const [left, base] = api.coord([input.range[0], at + OVERLAP]);
          const right = api.coord([input.range[1], at + OVERLAP])[0];
          const step = (base ?? 0) - (api.coord([input.range[0], at + OVERLAP - 1])[1] ?? 0);
          const heights = (rows[at]?.shares ?? []).map((share) => heightOf(share, most, log));
          const points = outlineOf(heights, [left ?? 0, right ?? 0], base ?? 0, step * OVERLAP);
          const age = rows.length > 1 ? at / (rows.length - 1) : 1;
          const line = { fill: "none", stroke: color, lineWidth: 1.2 };
          return {
            type: "group",
            children: [
              { type: "polygon", shape: { points }, style: { fill: surface }, z2: 2 * at },
              { type: "polygon", shape: { points }, style: { fill: color, opacity: FAINT + (STRONG - FAINT) * age }, z2: 2 * at },
              { type: "polyline", shape: { points }, style: line, z2: 2 * at + 1 },
            ],
          };
        },
      },
    ],
  };
}

/** The same as bins by epochs: colour says how many. */
export function bandsOption(input: RidgeInput): FigureOption {
  const { rows, most, log, theme } = input;
  const { axis, label } = ink(theme);
  const bins = rows[0]?.shares.length ?? 0;
  const text = { color: label, fontSize: 11 };
  const place = (bin: number) => input.range[0] + ((input.range[1] - input.range[0]) * (bin + 0.5)) / Math.max(1, bins);
  return {
    grid: { left: 8, right: 16, top: 12, bottom: 4, containLabel: true },
    tooltip: { trigger: "item", confine: true, formatter: (given) => rows[cellOf(given)]?.said ?? "" },
    xAxis: { type: "category", data: rows.map(({ epoch }) => epoch), axisLabel: { ...text, hideOverlap: true }, axisLine: { lineStyle: { color: axis } }, axisTick: { show: false } },
    yAxis: { type: "category", data: Array.from({ length: bins }, (_, bin) => input.tick(place(bin))), axisLabel: { ...text, interval: Math.max(0, Math.floor(bins / 6) - 1) }, axisLine: { show: false }, axisTick: { show: false } },
    visualMap: { show: false, min: 0, max: 1, dimension: 2, inRange: { color: theme === "dark" ? ["#15191f", "#2b4a8f", "#6aa5ff", "#dbe9ff"] : ["#ffffff", "#b6cbff", "#4a80f5", "#122f6b"] } },
    series: [
      {
        type: "heatmap",
        data: rows.flatMap(({ shares }, at) => shares.map((share, bin) => [at, bin, heightOf(share, most, log)])),
        emphasis: { disabled: true },
      },
    ],
  };
}

function cellOf(given: unknown): number {
  if (typeof given !== "object" || given === null || !("value" in given) || !Array.isArray(given.value)) return -1;
  return Number(given.value[0]);
}
