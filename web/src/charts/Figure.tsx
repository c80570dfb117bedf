import type { EChartsOption } from "echarts";
import { BarChart, CustomChart, HeatmapChart, LineChart, ParallelChart, ScatterChart } from "echarts/charts";
import type { BarSeriesOption, CustomSeriesOption, HeatmapSeriesOption, LineSeriesOption, ParallelSeriesOption, ScatterSeriesOption } from "echarts/charts";
import { BrushComponent, DataZoomInsideComponent, GridComponent, MarkLineComponent, ParallelComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import type { GridComponentOption, TooltipComponentOption, VisualMapComponentOption } from "echarts/components";
import { init, use as register, type ComposeOption, type ECharts, type ECElementEvent } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useEffectEvent, useRef } from "react";
import styles from "./Figure.module.css";

register([BarChart, CustomChart, HeatmapChart, LineChart, ParallelChart, ScatterChart]);
register([BrushComponent, DataZoomInsideComponent, GridComponent, MarkLineComponent, ParallelComponent, TooltipComponent, VisualMapComponent]);
register([CanvasRenderer]);

export type FigureOption = ComposeOption<
  | BarSeriesOption
  | CustomSeriesOption
  | GridComponentOption
  | HeatmapSeriesOption
  | LineSeriesOption
  | ParallelSeriesOption
  | ScatterSeriesOption
  | TooltipComponentOption
  | VisualMapComponentOption
> & {
  // Apart from the others: composed with them, parallel axes would take every key for one of theirs.
  readonly parallel?: EChartsOption["parallel"];
  readonly parallelAxis?: EChartsOption["parallelAxis"];
};

export interface Pick {
  readonly series: number;
  readonly index: number;
}

export type Range = readonly [number, number];

interface FigureProps {
  readonly name: string;
  /** Says in words what the picture shows: what a screen reader hears. */
  readonly label: string;
  /** Made by a pure function in `charts/options/`; a new object is what causes a redraw. */
  readonly option: FigureOption;
  /** CSS pixels. */
  readonly height: number;
  readonly onPick?: (pick: Pick) => void;
  /** What is selected on parallel axes, by the axis's id. */
  readonly ranges?: Readonly<Record<string, Range>>;
  readonly onRange?: (axis: string, range: Range | null) => void;
}

interface Selection {
  readonly parallelAxisId: string;
  readonly intervals: readonly Range[];
}

function isSelection(event: unknown): event is Selection {
  return typeof event === "object" && event !== null && "parallelAxisId" in event && "intervals" in event && Array.isArray(event.intervals);
}

/** A chart that is no curve over training: matrix, scatter, bars, parallel axes. It loads with the first page that shows one. */
export default function Figure({ name, label, option, height, onPick, ranges, onRange }: FigureProps) {
  const holder = useRef<HTMLDivElement>(null);
  const echart = useRef<ECharts | null>(null);
  const range = useEffectEvent((axis: string, next: Range | null) => {
    if (String(ranges?.[axis] ?? null) !== String(next)) onRange?.(axis, next);
  });
  const pick = useEffectEvent((event: ECElementEvent) => onPick?.({ series: event.seriesIndex ?? 0, index: event.dataIndex }));

  useEffect(() => {
    if (!holder.current) return undefined;
    const made = init(holder.current);
    echart.current = made;
    made.on("click", (event) => pick(event));
    made.on("axisareaselected", (event) => {
      if (isSelection(event)) range(event.parallelAxisId, event.intervals[0] ?? null);
    });
    const sizes = new ResizeObserver(() => made.resize());
    sizes.observe(holder.current);
    return () => {
      sizes.disconnect();
      made.dispose();
      echart.current = null;
    };
  }, []);

  useEffect(() => {
    echart.current?.setOption({ animation: false, ...option }, { notMerge: true });
    for (const [axis, selected] of Object.entries(ranges ?? {})) {
      echart.current?.dispatchAction({ type: "axisAreaSelect", parallelAxisId: axis, intervals: [selected] });
      echart.current?.resize(); // what is selected from outside is drawn with the next whole picture only
    }
    if (holder.current) holder.current.dataset.drawn = "true"; // readable from outside: a canvas tells nothing
  }, [option, ranges]);

  return <div ref={holder} className={styles.figure} style={{ height }} data-testid={`figure-${name}`} role="img" aria-label={label} />;
}
