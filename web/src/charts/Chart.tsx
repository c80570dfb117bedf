import { CustomChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useEffectEvent, useRef } from "react";
import type { Span } from "../lib/columns";
import { ChartCanvas, type CanvasSpec } from "./canvas";
import styles from "./Chart.module.css";
import type { ChartGroup } from "./group";
import type { ChartLine, ChartLook } from "./scene";
import { registerStroke } from "./shapes";

register([CustomChart, GridComponent, CanvasRenderer]);
registerStroke();

interface ChartProps {
  readonly chart: string;
  readonly label: string;
  readonly group: ChartGroup;
  readonly lines: readonly ChartLine[];
  readonly look: ChartLook;
  readonly onZoom: (window: Span) => void;
  readonly onReset: () => void;
}

/** A line chart. The arrays inside `lines` go to the canvas by reference; a new array is what causes a redraw. */
export function Chart({ chart, label, group, lines, look, onZoom, onReset }: ChartProps) {
  const root = useRef<HTMLDivElement>(null);
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<ChartCanvas | null>(null);
  const zoom = useEffectEvent(onZoom);
  const reset = useEffectEvent(onReset);
  const show = useEffectEvent((spec: CanvasSpec) => canvas.current?.show(spec));
  const showCurrent = useEffectEvent(() => canvas.current?.show({ lines, look }));

  useEffect(() => {
    if (!root.current || !holder.current) return undefined;
    const made = new ChartCanvas(root.current, init(holder.current), group, chart, {
      zoom: (window) => zoom(window),
      reset: () => reset(),
    });
    canvas.current = made;
    showCurrent();
    const sizes = new ResizeObserver(() => made.resize());
    sizes.observe(holder.current);
    return () => {
      sizes.disconnect();
      made.dispose();
      canvas.current = null;
    };
  }, [group, chart]);

  useEffect(() => show({ lines, look }), [lines, look]);

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the arrow keys move its cursor
    <div ref={root} className={styles.root} data-testid={`chart-${chart}`} role="img" aria-label={label} tabIndex={0}>
      <div ref={holder} className={styles.canvas} />
    </div>
  );
}
