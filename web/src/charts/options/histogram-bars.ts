import { formatNumber } from "../../lib/format";
import type { FigureOption } from "../Figure";
import { ink, lineColor, type ChartTheme } from "../palette";
import { escaped } from "./curve-lines";

export interface BarSet {
  readonly label: string;
  readonly counts: readonly number[];
}

export interface HistogramPicture {
  /** One more than bins. */
  readonly edges: readonly number[];
  /** The first as bars, a second as a stepped line over them. */
  readonly sets: readonly BarSet[];
  readonly xName: string;
  readonly yName: string;
  readonly theme: ChartTheme;
  readonly locale: string;
}

/** The bins from the first to the last that any set has something in. */
export function usedBins(sets: readonly BarSet[], bins: number): readonly [number, number] {
  const used = Array.from({ length: bins }, (_, at) => at).filter((at) => sets.some(({ counts }) => (counts[at] ?? 0) > 0));
  return [used[0] ?? 0, used.at(-1) ?? bins - 1];
}

/** Each count as a percentage of its set, so that sets of any size lie over one another. */
export function percentages(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (total > 0 ? (100 * count) / total : 0));
}

/** "12–16", or the number alone where a bin holds one whole number. */
export function binLabel(edges: readonly number[], at: number, locale: string): string {
  const [from = 0, to = 0] = edges.slice(at, at + 2);
  const whole = Number.isInteger(from) && to - from === 1;
  return whole ? formatNumber(from, locale) : `${formatNumber(from, locale)}–${formatNumber(to, locale)}`;
}

const TEXT: Record<ChartTheme, string> = { light: "#171b21", dark: "#e6eaef" };
const SURFACE: Record<ChartTheme, string> = { light: "#ffffff", dark: "#1d232b" };

function tip(picture: HistogramPicture, bin: number): string {
  const rows = picture.sets.map(({ label, counts }) => {
    const share = percentages(counts)[bin] ?? 0;
    return `${escaped(label)} <b>${formatNumber(counts[bin] ?? 0, picture.locale)}</b> (${formatNumber(Math.round(share * 10) / 10, picture.locale)}%)`;
  });
  return [`${escaped(picture.xName)} ${binLabel(picture.edges, bin, picture.locale)}`, ...rows].join("<br>");
}

/** Counts by bins, of one set or of two. */
export function histogramBars(picture: HistogramPicture): FigureOption {
  const { edges, sets, theme, locale } = picture;
  const colors = ink(theme);
  const [from, to] = usedBins(sets, edges.length - 1);
  const bins = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  const label = { color: colors.label, fontSize: 11, hideOverlap: true };
  const series = sets.map(({ label: name, counts }, at) => {
    const shares = percentages(counts);
    const data = bins.map((bin) => shares[bin] ?? 0);
    const color = lineColor(theme, at);
    return at === 0
      ? { type: "bar" as const, name, data, barCategoryGap: "8%", itemStyle: { color, opacity: 0.55 }, silent: true }
      : { type: "line" as const, name, data, step: "middle" as const, showSymbol: data.length === 1, silent: true, itemStyle: { color }, lineStyle: { color, width: 2 } };
  });
  return {
    grid: { left: 8, right: 8, top: 12, bottom: 22, containLabel: true },
    xAxis: {
      type: "category",
      data: bins.map((bin) => formatNumber(edges[bin] ?? 0, locale)),
      name: picture.xName,
      nameLocation: "middle",
      nameGap: 24,
      nameTextStyle: { color: colors.label, fontSize: 11 },
      axisLine: { lineStyle: { color: colors.axis } },
      axisTick: { show: false },
      axisLabel: label,
    },
    yAxis: { type: "value", axisLabel: { ...label, formatter: "{value}%" }, splitLine: { lineStyle: { color: colors.split } } },
    tooltip: {
      trigger: "axis",
      confine: true,
      transitionDuration: 0,
      backgroundColor: SURFACE[theme],
      borderColor: colors.axis,
      textStyle: { color: TEXT[theme], fontSize: 12 },
      formatter: (found: unknown) => {
        const [first]: { dataIndex?: number }[] = Array.isArray(found) ? found : [];
        return tip(picture, from + (first?.dataIndex ?? 0));
      },
    },
    series,
  };
}
