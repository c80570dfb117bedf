import { useEffect, useMemo, useRef, useState, type RefObject } from "react";
import { drawnFrom, type BoxView } from "../../../items/drawn";
import { Picture, sizeOf } from "../../../items/Picture";
import type { Layers } from "./groups";
import styles from "./Large.module.css";
import { useZoomGestures, type Zoom } from "./use-zoom";
import type { Shown } from "./use-pictures";
import { placeOf, type Size } from "./zoom";

const SHARP = 3; // CSS pixels of one of the picture's from which on they are shown as squares

function useSize(target: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    if (!target.current) return undefined;
    const observer = new ResizeObserver(([entry]) => entry && setSize({ width: entry.contentRect.width, height: entry.contentRect.height }));
    observer.observe(target.current);
    return () => observer.disconnect();
  }, [target]);
  return size;
}

interface StageProps {
  readonly shown: Shown;
  readonly layers: Layers;
  readonly view: BoxView;
  readonly withMask: boolean;
  readonly zoom: Zoom;
  readonly caption: string;
}

/** One picture as large as there is room, to be zoomed and moved. */
export function Stage({ shown, layers, view, withMask, zoom, caption }: StageProps) {
  const stage = useRef<HTMLDivElement>(null);
  const size = useSize(stage);
  const { width, height } = sizeOf(layers.base);
  useZoomGestures(stage, zoom, size, width / height);
  const drawn = useMemo(() => drawnFrom(shown.annotations ?? [], view), [shown.annotations, view]);
  const place = placeOf(zoom.view, size, width / height);
  return (
    <figure className={styles.figure}>
      <div ref={stage} className={styles.stage} data-testid="stage" data-scale={zoom.view.scale.toFixed(2)}>
        <div className={styles.moved} style={{ left: place.left, top: place.top, width: place.width, height: place.height }} data-sharp={place.width / width >= SHARP}>
          <Picture item={layers.base} alt={`${shown.item.name}, ${caption}`} drawn={drawn} isSmall={false} withMask={withMask} heat={layers.heat} style={{ width: "100%", height: "100%" }} />
        </div>
      </div>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
