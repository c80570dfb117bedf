import { useEffect, useEffectEvent, useRef, useState, type RefObject } from "react";
import type { Spot } from "../../../items/plane";

export type Tool = "move" | "lasso" | "box";

interface PlaneEvents {
  readonly onZoom: (factor: number, at: Spot) => void;
  readonly onMove: (by: Spot) => void;
  readonly onOutline: (outline: readonly Spot[] | null) => void;
  readonly onHover: (at: Spot | null) => void;
}

const WHEEL = 1.0016;
const STEP_PX = 4; // corners of a lasso are no nearer to each other

function boxFrom([x, y]: Spot, [toX, toY]: Spot): readonly Spot[] {
  return [
    [x, y],
    [toX, y],
    [toX, toY],
    [x, toY],
  ];
}

type Handlers = { readonly [Name in "pointerdown" | "pointermove" | "pointerup" | "pointercancel" | "pointerleave"]: (event: PointerEvent) => void };

function listening(element: HTMLElement, handlers: Handlers, wheel: (event: WheelEvent) => void): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  element.addEventListener("pointerdown", handlers.pointerdown, { signal });
  element.addEventListener("pointermove", handlers.pointermove, { signal });
  element.addEventListener("pointerup", handlers.pointerup, { signal });
  element.addEventListener("pointercancel", handlers.pointercancel, { signal });
  element.addEventListener("pointerleave", handlers.pointerleave, { signal });
  element.addEventListener("wheel", wheel, { signal, passive: false });
  return () => stop.abort();
}

const wheelFactor = ({ deltaY, deltaMode }: WheelEvent) => WHEEL ** (-deltaY * (deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1));

function spotOf(plane: RefObject<HTMLElement | null>, event: MouseEvent): Spot {
  const at = plane.current?.getBoundingClientRect();
  return [event.clientX - (at?.left ?? 0), event.clientY - (at?.top ?? 0)];
}

/** The outline with one more corner. */
function drawnTo(path: readonly Spot[], tool: Tool, from: Spot, now: Spot): readonly Spot[] {
  if (tool === "box") return boxFrom(from, now);
  const last = path.at(-1);
  return last && Math.hypot(now[0] - last[0], now[1] - last[1]) < STEP_PX ? path : [...path, now];
}

/** What a pointer does on the plane: moves it, or draws around points. Gives what is being drawn. */
export function usePlane(plane: RefObject<HTMLElement | null>, tool: Tool, events: PlaneEvents): readonly Spot[] {
  const [outline, setOutline] = useState<readonly Spot[]>([]);
  const path = useRef<readonly Spot[]>([]);
  const from = useRef<Spot | null>(null);
  const draw = useEffectEvent((corners: readonly Spot[]) => {
    path.current = corners;
    setOutline(corners);
  });
  const down = useEffectEvent((event: PointerEvent) => {
    plane.current?.setPointerCapture(event.pointerId);
    from.current = spotOf(plane, event);
    events.onHover(null);
    if (tool !== "move") draw([from.current]);
  });
  const move = useEffectEvent((event: PointerEvent) => {
    const now = spotOf(plane, event);
    const before = from.current;
    if (!before) return events.onHover(now);
    if (tool !== "move") return draw(drawnTo(path.current, tool, before, now));
    events.onMove([now[0] - before[0], now[1] - before[1]]);
    from.current = now;
  });
  const up = useEffectEvent(() => {
    if (from.current && tool !== "move") events.onOutline(path.current.length > 2 ? path.current : null);
    from.current = null;
    draw([]);
  });
  const wheel = useEffectEvent((event: WheelEvent) => {
    event.preventDefault();
    events.onZoom(wheelFactor(event), spotOf(plane, event));
  });
  const leave = useEffectEvent(() => events.onHover(null));
  useEffect(() => {
    if (!plane.current) return undefined;
    const handlers: Handlers = { pointerdown: (event) => down(event), pointermove: (event) => move(event), pointerup: () => up(), pointercancel: () => up(), pointerleave: () => leave() };
    return listening(plane.current, handlers, (event) => wheel(event));
  }, [plane]);
  return outline;
}
