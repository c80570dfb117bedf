import { memo, useMemo, type CSSProperties, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { clamp } from "../../lib/numbers";
import { ChartPanel, type PanelContext, type PanelLayout } from "../../panels/ChartPanel";
import { nearestHeight, plotHeight, type TileSize } from "../../panels/layout";
import type { ChartPlan } from "../../panels/plan";
import styles from "./ChartSections.module.css";

/** What can be done with tiles; the same object for as long as the page lives. */
export interface TileActions {
  readonly size: (key: string, size: TileSize) => void;
  /** A size while it is being dragged; null ends it. */
  readonly preview: (key: string, size: TileSize | null) => void;
  readonly pin: (key: string) => void;
  readonly hide: (key: string) => void;
  readonly move: (section: string, key: string, by: 1 | -1) => void;
  readonly grab: (event: PointerEvent, section: string, key: string) => void;
}

interface TileProps {
  readonly plan: ChartPlan;
  readonly context: PanelContext;
  readonly section: string;
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly isPinned: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly isDragged: boolean;
  readonly actions: TileActions;
}

const GAP_PX = 12;

interface Grip {
  readonly size: TileSize;
  readonly columns: number;
  readonly actions: TileActions;
}

/** Follows the pointer in steps of columns and heights until it is let go. */
function resize(event: PointerEvent<HTMLElement>, key: string, { size, columns, actions }: Grip): void {
  const grip = event.currentTarget;
  const tile = grip.closest<HTMLElement>("[data-tile]");
  if (!tile || event.button !== 0) return;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  const column = (tile.clientWidth + GAP_PX) / size.width;
  const [x, y, plot] = [event.clientX, event.clientY, plotHeight(size)];
  const stop = new AbortController();
  let last = size;
  function follow(moved: globalThis.PointerEvent): void {
    const width = clamp(Math.round(size.width + (moved.clientX - x) / column), 1, columns);
    const next = { width, height: nearestHeight(plot + moved.clientY - y) };
    if (next.width === last.width && next.height === last.height) return;
    last = next;
    actions.preview(key, next);
  }
  function end(keep: boolean): void {
    stop.abort();
    actions.preview(key, null);
    if (keep && last !== size) actions.size(key, last);
  }
  grip.addEventListener("pointermove", follow, { signal: stop.signal });
  grip.addEventListener("pointerup", () => end(true), { signal: stop.signal });
  grip.addEventListener("pointercancel", () => end(false), { signal: stop.signal });
}

/** A chart in the grid: moved by its head, resized by its corner, both also by its menu. */
export const Tile = memo(function Tile({ plan, context, section, width, height, columns, isPinned, isFirst, isLast, isDragged, actions }: TileProps) {
  const { t } = useTranslation("panels");
  const { key } = plan;
  const layout = useMemo<PanelLayout>(
    () => ({
      width,
      height,
      columns,
      isPinned,
      onSize: (wide, high) => actions.size(key, { width: wide, height: high }),
      onPin: () => actions.pin(key),
      onHide: () => actions.hide(key),
      onEarlier: isFirst ? null : () => actions.move(section, key, -1),
      onLater: isLast ? null : () => actions.move(section, key, 1),
    }),
    [key, section, width, height, columns, isPinned, isFirst, isLast, actions],
  );
  const style: CSSProperties & Record<"--plot-height", string> = { gridColumn: `span ${width}`, "--plot-height": `${plotHeight({ width, height })}px` };
  return (
    <div
      className={styles.tile}
      style={style}
      data-tile={key}
      data-section={section}
      data-dragged={isDragged}
      data-testid={`tile-${key}`}
      onPointerDown={(event) => actions.grab(event, section, key)}
    >
      <ChartPanel plan={plan} context={context} layout={layout} />
      <span
        className={styles.grip}
        title={t("section.resize")}
        aria-hidden="true"
        data-testid={`grip-${key}`}
        onPointerDown={(event) => resize(event, key, { size: { width, height }, columns, actions })}
      />
    </div>
  );
});
