import { useEffect, useEffectEvent, useRef, useState, type RefObject } from "react";
import { FITTED, panned, zoomedAt, type Size, type ZoomView } from "./zoom";

const WHEEL = 1.0016; // a notch of a wheel is some 100 px: 17 %

type Spot = readonly [number, number];

const distance = (one: Spot, other: Spot) => Math.hypot(one[0] - other[0], one[1] - other[1]);
const middle = (one: Spot, other: Spot): Spot => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];

export interface Zoom {
  readonly view: ZoomView;
  readonly set: (change: (view: ZoomView) => ZoomView) => void;
}

export function useZoom(): Zoom {
  const [view, set] = useState<ZoomView>(FITTED);
  return { view, set };
}

/** Wheel and pinch enlarge, dragging moves, a double click shows all again. */
export function useZoomGestures(stage: RefObject<HTMLElement | null>, zoom: Zoom, size: Size, aspect: number): void {
  const fingers = useRef(new Map<number, Spot>());

  const spotOf = useEffectEvent((event: MouseEvent): Spot => {
    const at = stage.current?.getBoundingClientRect();
    return [event.clientX - (at?.left ?? 0), event.clientY - (at?.top ?? 0)];
  });
  const wheel = useEffectEvent((event: WheelEvent) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
    const at = spotOf(event);
    zoom.set((view) => zoomedAt(view, WHEEL ** (-event.deltaY * lines), at, size, aspect));
  });
  const down = useEffectEvent((event: PointerEvent) => {
    stage.current?.setPointerCapture(event.pointerId);
    fingers.current.set(event.pointerId, spotOf(event));
  });
  const move = useEffectEvent((event: PointerEvent) => {
    const before = fingers.current.get(event.pointerId);
    if (!before) return;
    const now = spotOf(event);
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
    fingers.current.set(event.pointerId, now);
    if (!other) return zoom.set((view) => panned(view, [now[0] - before[0], now[1] - before[1]], size, aspect));
    const factor = distance(now, other) / Math.max(1, distance(before, other));
    const [from, to] = [middle(before, other), middle(now, other)];
    zoom.set((view) => panned(zoomedAt(view, factor, from, size, aspect), [to[0] - from[0], to[1] - from[1]], size, aspect));
  });
  const up = useEffectEvent((event: PointerEvent) => void fingers.current.delete(event.pointerId));
  const reset = useEffectEvent(() => zoom.set(() => FITTED));

  useEffect(() => {
    const element = stage.current;
    if (!element) return undefined;
    const stop = new AbortController();
    const options = { signal: stop.signal };
    element.addEventListener("wheel", (event) => wheel(event), { ...options, passive: false });
    element.addEventListener("pointerdown", (event) => down(event), options);
    element.addEventListener("pointermove", (event) => move(event), options);
    element.addEventListener("pointerup", (event) => up(event), options);
    element.addEventListener("pointercancel", (event) => up(event), options);
    element.addEventListener("dblclick", () => reset(), options);
    return () => stop.abort();
  }, [stage]);
}
