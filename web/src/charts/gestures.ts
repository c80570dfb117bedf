import type { Span } from "../lib/columns";

export interface GestureTarget {
  /** The pointer stands at this pixel of the chart; null when it left. */
  point(px: number | null): void;
  /** A range is being drawn; null when the drawing ended. */
  selecting(span: Span | null): void;
  select(span: Span): void;
  reset(): void;
  step(direction: 1 | -1): void;
}

const DRAG_PX = 5; // a shorter movement is a click

/** Mouse: move reads, horizontal drag zooms, double click resets. Touch: a finger reads; scrolling the page stays possible. */
export function listenTo(host: HTMLElement, target: GestureTarget): () => void {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  let start: number | null = null;
  const pxOf = (event: PointerEvent) => event.clientX - host.getBoundingClientRect().left;

  function finish(event: PointerEvent): void {
    const from = start;
    start = null;
    target.selecting(null);
    if (from === null || event.type !== "pointerup") return;
    const to = pxOf(event);
    if (Math.abs(to - from) >= DRAG_PX) target.select([Math.min(from, to), Math.max(from, to)]);
  }

  function move(event: PointerEvent): void {
    const px = pxOf(event);
    if (start !== null && Math.abs(px - start) >= DRAG_PX) target.selecting([start, px]);
    target.point(px);
  }

  function press(event: PointerEvent): void {
    if (event.pointerType !== "mouse") return target.point(pxOf(event));
    if (event.button !== 0) return;
    start = pxOf(event);
    host.setPointerCapture(event.pointerId);
  }

  function key(event: KeyboardEvent): void {
    if (event.key === "Escape") target.point(null);
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    target.step(event.key === "ArrowLeft" ? -1 : 1);
  }

  host.addEventListener("pointermove", move, options);
  host.addEventListener("pointerdown", press, options);
  host.addEventListener("pointerup", finish, options);
  host.addEventListener("pointercancel", finish, options);
  host.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && target.point(null), options);
  host.addEventListener("dblclick", () => target.reset(), options);
  host.addEventListener("keydown", key, options);
  host.addEventListener("blur", () => target.point(null), options);
  return () => stop.abort();
}
