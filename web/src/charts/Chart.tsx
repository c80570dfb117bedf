import { CustomChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use as register } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useEffectEvent, useRef } from "react";
import type { Span } from "../lib/columns";
import { ChartCanvas } from "./canvas";
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
  /** Off screen nothing is drawn; a chart that was never on screen has no canvas at all. */
  readonly visible: boolean;
  readonly onZoom: (window: Span) => void;
  readonly onReset: () => void;
}

/** A line chart. The arrays inside `lines` go to the canvas by reference; a new array is what causes a redraw. */
export function Chart({ chart, label, group, lines, look, visible, onZoom, onReset }: ChartProps) {
  const root = useRef<HTMLDivElement>(null);
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<ChartCanvas | null>(null);
  const zoom = useEffectEvent(onZoom);
  const reset = useEffectEvent(onReset);
  const showCurrent = useEffectEvent(() => canvas.current?.show({ lines, look }));

  useEffect(() => {
    if (visible && !canvas.current && root.current && holder.current) {
      const events = { zoom: (window: Span) => zoom(window), reset: () => reset() };
      canvas.current = new ChartCanvas({ root: root.current, holder: holder.current }, init(holder.current), group, chart, events);
      showCurrent();
    }
    canvas.current?.setVisible(visible);
  }, [visible, group, chart]);

  useEffect(() => canvas.current?.show({ lines, look }), [lines, look]);

  // A panel is keyed by its chart, and the group lasts as long as the page: neither changes under a canvas.
  useEffect(
    () => () => {
      canvas.current?.dispose();
      canvas.current = null;
    },
    [],
  );

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the arrow keys move its cursor
    <div ref={root} className={styles.root} data-testid={`chart-${chart}`} role="img" aria-label={label} tabIndex={0}>
      <div ref={holder} className={styles.canvas} />
    </div>
  );
}
