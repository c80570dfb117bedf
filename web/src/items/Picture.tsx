import type { CSSProperties } from "react";
import type { MediaItem } from "../api/client";
import { BoxLayer } from "./BoxLayer";
import type { DrawnBox } from "./drawn";
import { paintHeat, paintMask } from "./paint";
import { PixelLayer } from "./PixelLayer";
import styles from "./Picture.module.css";
import { partUrl, thumbnailUrl } from "./queries";

/** Width and height of a picture in its own pixels; 4:3 where nothing is known of it. */
export function sizeOf({ facts }: MediaItem): { readonly width: number; readonly height: number } {
  const [width, height] = [facts.width ?? 0, facts.height ?? 0];
  return width > 0 && height > 0 ? { width, height } : { width: 4, height: 3 };
}

interface PictureProps {
  readonly item: MediaItem;
  readonly alt: string;
  readonly drawn: readonly DrawnBox[];
  readonly isSmall: boolean;
  readonly withMask: boolean;
  /** Where the head looks, in this picture; its opacity is from 0 to 1. */
  readonly heat?: { readonly item: MediaItem; readonly opacity: number } | null;
  readonly style?: CSSProperties;
}

/** A logged picture with what is known of it drawn over: strengths, mask, outlines, boxes, key points. */
export function Picture({ item, alt, drawn, isSmall, withMask, heat, style }: PictureProps) {
  const { width, height } = sizeOf(item);
  const source = isSmall ? thumbnailUrl(item) : partUrl(item, "image");
  const mask = withMask ? partUrl(item, "mask") : null;
  const heatUrl = heat && heat.opacity > 0 ? partUrl(heat.item, "image") : null;
  return (
    <div className={styles.picture} style={{ aspectRatio: `${width} / ${height}`, ...style }}>
      {source ? <img className={styles.image} src={source} alt={alt} loading="lazy" decoding="async" draggable={false} /> : null}
      {heat && heatUrl ? <PixelLayer url={heatUrl} paint={paintHeat} opacity={heat.opacity} isSharp={false} testId="heat" /> : null}
      {mask ? <PixelLayer url={mask} paint={paintMask} opacity={1} isSharp testId="mask" /> : null}
      <BoxLayer drawn={drawn} width={width} height={height} />
    </div>
  );
}
