import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { MediaItem } from "../../../api/client";
import type { BoxView } from "../../../items/drawn";
import { sizeOf } from "../../../items/Picture";
import { clamp } from "../../../lib/numbers";
import { useWidth } from "../../../ui/use-width";
import styles from "./Gallery.module.css";
import type { Layers } from "./groups";
import { Tile } from "./Tile";
import type { Shown } from "./use-pictures";

const LEAST_PX = 232;
const GAP_PX = 12;
const CAPTION_PX = 30;
const OVERSCAN = 2;

/** Where the list begins within what scrolls it: the page. */
function useTop(holder: RefObject<HTMLDivElement | null>): number {
  const [top, setTop] = useState(0);
  useEffect(() => {
    const list = holder.current;
    const scroller = list?.closest("main");
    if (!list?.parentElement || !scroller) return undefined;
    const observer = new ResizeObserver(() => setTop(list.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop));
    observer.observe(list.parentElement); // what stands above the list changes its height, too
    return () => observer.disconnect();
  }, [holder]);
  return top;
}

interface GalleryProps {
  readonly shown: readonly Shown[];
  readonly epoch: number;
  readonly view: BoxView;
  readonly withMask: boolean;
  readonly layersOf: (item: MediaItem) => Layers;
  readonly onOpen: (name: string) => void;
}

/** Pictures in rows, of which only those on screen exist as elements. */
export function Gallery({ shown, epoch, view, withMask, layersOf, onOpen }: GalleryProps) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const top = useTop(holder);
  const columns = Math.max(width < 480 ? 2 : 1, Math.floor((width + GAP_PX) / (LEAST_PX + GAP_PX)));
  const first = shown[0] ? sizeOf(layersOf(shown[0].item).base) : { width: 4, height: 3 };
  const aspect = clamp(first.width / first.height, 0.7, 2);
  const tile = (width - GAP_PX * (columns - 1)) / columns;
  const height = tile / aspect + CAPTION_PX + GAP_PX;
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by hand; the compiler is not used
  const virtual = useVirtualizer({
    count: width === 0 ? 0 : Math.ceil(shown.length / columns),
    getScrollElement: () => holder.current?.closest("main") ?? null,
    estimateSize: () => height,
    overscan: OVERSCAN,
    scrollMargin: top,
  });
  useLayoutEffect(() => virtual.measure(), [virtual, height]);
  return (
    <div ref={holder} className={styles.gallery} style={{ height: virtual.getTotalSize() }} data-testid="gallery" data-pictures={shown.length}>
      {virtual.getVirtualItems().map(({ index, start }) => (
        <div key={index} className={styles.row} style={{ transform: `translateY(${start - top}px)`, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
          {shown.slice(index * columns, (index + 1) * columns).map((one) => (
            <Tile key={one.item.name} shown={one} epoch={epoch} view={view} withMask={withMask} layers={layersOf(one.item)} aspect={aspect} onOpen={onOpen} />
          ))}
        </div>
      ))}
    </div>
  );
}
