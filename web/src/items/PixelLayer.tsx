import { useEffect, useRef } from "react";
import styles from "./Picture.module.css";

/** Turns the grey of a pixel, 0 to 255, into a colour with its opacity, each 0 to 255. */
export type Paint = (grey: number) => readonly [number, number, number, number];

function painted(image: HTMLImageElement, canvas: HTMLCanvasElement, paint: Paint): void {
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return;
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  pen.drawImage(image, 0, 0);
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
  const colors = Array.from({ length: 256 }, (_, grey) => paint(grey));
  for (let at = 0; at < pixels.data.length; at += 4) {
    const color = colors[pixels.data[at] ?? 0];
    if (color) pixels.data.set(color, at);
  }
  pen.putImageData(pixels, 0, 0);
}

interface PixelLayerProps {
  readonly url: string;
  /** Must keep its identity: a new one draws anew. */
  readonly paint: Paint;
  readonly opacity: number;
  /** Whether pixels stay sharp where they are enlarged: of labels, not of strengths. */
  readonly isSharp: boolean;
  readonly testId: string;
}

/** A grey picture of labels or strengths in colours, over the picture that it belongs to. */
export function PixelLayer({ url, paint, opacity, isSharp, testId }: PixelLayerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const image = new Image();
    const draw = () => canvas.current && painted(image, canvas.current, paint);
    image.addEventListener("load", draw);
    image.src = url;
    return () => image.removeEventListener("load", draw);
  }, [url, paint]);
  return <canvas ref={canvas} className={styles.pixels} data-sharp={isSharp} style={{ opacity }} aria-hidden="true" data-testid={testId} />;
}
