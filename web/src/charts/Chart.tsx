import { useEffect, useEffectEvent, useRef } from "react";
import { ChartCanvas, type CanvasEvents, type Zoom } from "./canvas";
import styles from "./Chart.module.css";
import type { ChartGroup } from "./group";
import type { ChartLine, ChartLook } from "./scene";

const KEPT_MS = 15_000; // off screen this long, a canvas gives its memory back: hundreds would hold hundreds of megabytes

interface ChartProps {
  readonly chart: string;
  readonly label: string;
  readonly group: ChartGroup;
  readonly lines: readonly ChartLine[];
  readonly look: ChartLook;
  /** Off screen nothing is drawn; a chart that was never on screen has no canvas at all. */
  readonly visible: boolean;
  readonly onZoom: (zoom: Zoom) => void;
  readonly onReset: () => void;
  readonly onOutside: (count: number) => void;
}

/** A line chart. The arrays inside `lines` go to the canvas by reference; a new array is what causes a redraw. */
export function Chart({ chart, label, group, lines, look, visible, onZoom, onReset, onOutside }: ChartProps) {
  const root = useRef<HTMLDivElement>(null);
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<ChartCanvas | null>(null);
  const zoom = useEffectEvent(onZoom);
  const reset = useEffectEvent(onReset);
  const outside = useEffectEvent(onOutside);
  const showCurrent = useEffectEvent(() => canvas.current?.show({ lines, look }));

  useEffect(() => {
    function create(): void {
      if (canvas.current || !root.current || !holder.current) return;
      const events: CanvasEvents = { zoom: (chosen) => zoom(chosen), reset: () => reset(), outside: (count) => outside(count) };
      canvas.current = new ChartCanvas({ root: root.current, holder: holder.current }, group, chart, events);
      showCurrent();
    }
    canvas.current?.setVisible(visible);
    if (visible) {
      if (!canvas.current) group.scheduler.request(create); // costs as much as drawing: scrolling past many must not wait for all
      return () => group.scheduler.cancel(create);
    }
    const timer = setTimeout(() => {
      canvas.current?.dispose();
      canvas.current = null;
    }, KEPT_MS);
    return () => clearTimeout(timer);
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
