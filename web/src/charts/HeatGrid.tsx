import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type RefObject, type UIEvent } from "react";
import { labelWidth, paintHeat, type Heat } from "./heat-paint";
import styles from "./HeatGrid.module.css";
import { heatBox, placeAt, placeByKey, type HeatBox, type Place } from "./options/heatmap";
import type { ChartTheme } from "./palette";

interface HeatGridProps {
  readonly name: string;
  /** Says in words what the picture shows and how it is used. */
  readonly label: string;
  readonly heat: Heat;
  readonly theme: ChartTheme;
  /** CSS pixels that it may be high. */
  readonly height: number;
  /** 1 shows the whole; more makes cells so many times as large, to be scrolled. */
  readonly zoom?: number;
  readonly picked?: Place | null;
  /** What is said of a cell under the pointer. */
  readonly told: (place: Place) => string;
  readonly onPick?: (place: Place) => void;
}

const LEFT_MOST = 150;
const TOP_MOST = 96;
const NARROW_PX = 480;

function useRoom(target: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!target.current) return undefined;
    const sizes = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    sizes.observe(target.current);
    return () => sizes.disconnect();
  }, [target]);
  return width;
}

function useBox(heat: Heat, width: number, height: number, zoom: number): HeatBox {
  return useMemo(() => {
    const narrow = width < NARROW_PX;
    const left = labelWidth(heat.rowLabels, narrow ? 84 : LEFT_MOST);
    const top = labelWidth(heat.columnLabels, narrow ? 64 : TOP_MOST);
    return heatBox(heat.shape, { width, height, left, top }, zoom);
  }, [heat, width, height, zoom]);
}

function frameOf(box: HeatBox, { row, column }: Place, scroll: { x: number; y: number }) {
  return { x: box.left + column * box.cell - scroll.x, y: box.top + row * box.cell - scroll.y };
}

function sized(canvas: HTMLCanvasElement, box: HeatBox): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

function Frame({ box, place, scroll, kind }: { box: HeatBox; place: Place | null; scroll: { x: number; y: number }; kind: "hover" | "picked" }) {
  if (!place) return null;
  const { x, y } = frameOf(box, place, scroll);
  if (x < box.left - box.cell / 2 || y < box.top - box.cell / 2) return null;
  const side = Math.max(3, box.cell);
  return <div className={styles.frame} data-kind={kind} style={{ transform: `translate(${x - 1}px, ${y - 1}px)`, width: side + 1, height: side + 1 }} />;
}

const TIP_PX = 260;

function Tip({ box, place, scroll, text }: { box: HeatBox; place: Place; scroll: { x: number; y: number }; text: string }) {
  const { x, y } = frameOf(box, place, scroll);
  const toLeft = x + box.cell + TIP_PX > box.width && x > TIP_PX;
  return (
    <div className={styles.tip} data-left={toLeft} style={{ left: toLeft ? x - 6 : Math.min(x + box.cell + 6, Math.max(0, box.width - TIP_PX)), top: y + box.cell + 6 }}>
      {text}
    </div>
  );
}

interface Way {
  readonly box: HeatBox;
  readonly heat: Heat;
  readonly picked: Place | null;
  readonly onPick: ((place: Place) => void) | undefined;
}

const BEGINNING = { x: 0, y: 0 };

/** How pointer, keys and scrolling move over the cells. */
function useWay(scroller: RefObject<HTMLElement | null>, { box, heat, picked, onPick }: Way) {
  const [scroll, setScroll] = useState(BEGINNING);
  const [hover, setHover] = useState<Place | null>(null);
  function under({ clientX, clientY, currentTarget }: MouseEvent): Place | null {
    const { left, top } = currentTarget.getBoundingClientRect();
    return placeAt(box, heat.shape, { x: clientX - left, y: clientY - top }, scroll);
  }
  function look(event: MouseEvent): void {
    const place = under(event);
    if (place?.row !== hover?.row || place?.column !== hover?.column) setHover(place);
  }
  function show({ row, column }: Place): void {
    const middle = (at: number, room: number) => (at + 0.5) * box.cell - room / 2;
    scroller.current?.scrollTo({ left: middle(column, box.width - box.left), top: middle(row, box.height - box.top) });
  }
  function press(event: KeyboardEvent): void {
    const next = placeByKey(event.key, hover ?? picked, heat.shape);
    if (next) {
      event.preventDefault();
      setHover(next);
      show(next);
    } else if (event.key === "Enter" && hover) onPick?.(hover);
    else if (event.key === "Escape") setHover(null);
  }
  const leave = () => setHover(null);
  const handlers = {
    onPointerMove: look,
    onPointerLeave: leave,
    onBlur: leave,
    onKeyDown: press,
    onScroll: ({ currentTarget: { scrollLeft: x, scrollTop: y } }: UIEvent<HTMLElement>) => setScroll({ x, y }),
    onClick: (event: MouseEvent) => {
      const place = under(event);
      if (place) onPick?.(place);
    },
  };
  return { scroll, hover, handlers };
}

/** A matrix as colours. It draws what is in view alone, so that hundreds of classes scroll as a few do; hovering moves a frame and redraws nothing. */
export default function HeatGrid({ name, label, heat, theme, height, zoom = 1, picked = null, told, onPick }: HeatGridProps) {
  const root = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useRoom(root);
  const box = useBox(heat, width, height, zoom);
  const { scroll, hover, handlers } = useWay(scroller, { box, heat, picked, onPick });
  const words = hover ? told(hover) : "";
  useEffect(() => {
    const context = canvas.current && box.width > 0 ? sized(canvas.current, box) : null;
    if (context) paintHeat(context, heat, { box, scroll, theme });
    if (context && root.current) root.current.dataset.drawn = "true"; // readable from outside: a canvas tells nothing
  }, [box, heat, scroll, theme]);
  return (
    <div ref={root} className={styles.root} data-testid={`heat-${name}`}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys move from cell to cell, Enter picks one */}
      <div
        ref={scroller}
        className={styles.scroller}
        style={{ width: box.width, height: box.height }}
        role="application"
        aria-label={label}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- as above
        tabIndex={0}
        data-pickable={onPick !== undefined}
        {...handlers}
      >
        <div style={{ width: box.left + box.cell * heat.shape.columns, height: box.top + box.cell * heat.shape.rows }}>
          <canvas ref={canvas} className={styles.canvas} style={{ width: box.width, height: box.height }} />
        </div>
      </div>
      <Frame box={box} place={picked} scroll={scroll} kind="picked" />
      <Frame box={box} place={hover} scroll={scroll} kind="hover" />
      {hover ? <Tip box={box} place={hover} scroll={scroll} text={words} /> : null}
      <div className={styles.spoken} role="status">
        {words}
      </div>
    </div>
  );
}
