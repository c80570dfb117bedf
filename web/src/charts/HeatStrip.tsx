import { useEffect, useRef } from "react";
import styles from "./HeatStrip.module.css";
import { tintAt } from "./options/heatmap";
import type { ChartTheme } from "./palette";

interface HeatStripProps {
  /** What each column is worth from 0 to 1; NaN is left blank. */
  readonly shares: Float64Array;
  readonly theme: ChartTheme;
  readonly label: string;
}

function paint(canvas: HTMLCanvasElement, shares: Float64Array, theme: ChartTheme): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  if (!context) return;
  shares.forEach((share, at) => {
    if (Number.isNaN(share)) return;
    const [from, to] = [Math.round((at * canvas.width) / shares.length), Math.round(((at + 1) * canvas.width) / shares.length)];
    context.fillStyle = tintAt(theme, "cool", share);
    context.fillRect(from, 0, Math.max(1, to - from), canvas.height);
  });
}

/** One row of a heat map, in the size that its place gives it. */
export function HeatStrip({ shares, theme, label }: HeatStripProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const target = canvas.current;
    if (!target) return undefined;
    const sizes = new ResizeObserver(() => paint(target, shares, theme));
    sizes.observe(target);
    return () => sizes.disconnect();
  }, [shares, theme]);
  return <canvas ref={canvas} className={styles.strip} role="img" aria-label={label} />;
}
