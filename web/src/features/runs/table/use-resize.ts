import { useRef, type PointerEvent } from "react";

export interface Resizing {
  /** Shows a width while it is being dragged. */
  readonly preview: (id: string, width: number) => void;
  /** Null gives the column its usual width back. */
  readonly resize: (id: string, width: number | null) => void;
}

interface Resized {
  readonly spec: { readonly id: string };
  readonly width: number;
  readonly resizing: Resizing;
}

/** What the edge of a column's head listens to: dragged it follows the pointer, clicked twice it returns to its place. */
export function useResize({ spec, width, resizing }: Resized) {
  const start = useRef<{ x: number; width: number } | null>(null);
  const now = useRef<number | null>(null);
  return {
    draggable: true, // of its own, or the whole head would be dragged
    onDragStart: (event: { preventDefault: () => void; stopPropagation: () => void }) => {
      event.preventDefault();
      event.stopPropagation();
    },
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      start.current = { x: event.clientX, width };
      now.current = null;
    },
    onPointerMove: (event: PointerEvent) => {
      if (!start.current) return;
      now.current = start.current.width + event.clientX - start.current.x;
      resizing.preview(spec.id, now.current);
    },
    onPointerUp: () => {
      start.current = null;
      if (now.current !== null) resizing.resize(spec.id, now.current);
    },
    onDoubleClick: () => resizing.resize(spec.id, null),
  };
}
