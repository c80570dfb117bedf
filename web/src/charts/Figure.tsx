import { BarChart, CustomChart, HeatmapChart, LineChart, ParallelChart, ScatterChart } from "echarts/charts";
import type { BarSeriesOption, CustomSeriesOption, HeatmapSeriesOption, LineSeriesOption, ParallelSeriesOption, ScatterSeriesOption } from "echarts/charts";
import { BrushComponent, DataZoomInsideComponent, GridComponent, MarkLineComponent, ParallelComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import type { GridComponentOption, ParallelComponentOption, TooltipComponentOption, VisualMapComponentOption } from "echarts/components";
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
  | ParallelComponentOption
  | ParallelSeriesOption
  | ScatterSeriesOption
  | TooltipComponentOption
  | VisualMapComponentOption
>;

export interface Pick {
  readonly series: number;
  readonly index: number;
}

interface FigureProps {
  readonly name: string;
  /** Says in words what the picture shows: what a screen reader hears. */
  readonly label: string;
  /** Made by a pure function in `charts/options/`; a new object is what causes a redraw. */
  readonly option: FigureOption;
  /** CSS pixels. */
  readonly height: number;
  readonly onPick?: (pick: Pick) => void;
}

/** A chart that is no curve over training: matrix, scatter, bars, parallel axes. It loads with the first page that shows one. */
export default function Figure({ name, label, option, height, onPick }: FigureProps) {
  const holder = useRef<HTMLDivElement>(null);
  const echart = useRef<ECharts | null>(null);
  const pick = useEffectEvent((event: ECElementEvent) => onPick?.({ series: event.seriesIndex ?? 0, index: event.dataIndex }));

  useEffect(() => {
    if (!holder.current) return undefined;
    const made = init(holder.current);
    echart.current = made;
    made.on("click", (event) => pick(event));
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
    if (holder.current) holder.current.dataset.drawn = "true"; // readable from outside: a canvas tells nothing
  }, [option]);

  return <div ref={holder} className={styles.figure} style={{ height }} data-testid={`figure-${name}`} role="img" aria-label={label} />;
}
