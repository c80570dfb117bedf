import { useEffect, useRef, type MouseEvent, type PointerEvent } from "react";

export type Act = "open" | "select" | "range" | "star" | "control" | "all" | "tab";

interface Pointed {
  readonly act: Act;
  readonly index: number;
}

/** What was clicked: the nearest mark of an act and the row it stands in. */
function pointed(event: MouseEvent, choosing: boolean): Pointed | null {
  if (!(event.target instanceof Element) || !event.currentTarget.contains(event.target)) return null;
  const marked = event.target.closest<HTMLElement>("[data-act]")?.dataset.act;
  const row = event.target.closest<HTMLElement>("[data-index]");
  if (!row) return marked === "select" ? { act: "all", index: -1 } : null;
  const index = Number(row.dataset.index);
  if (marked === "star" || marked === "control") return { act: marked, index };
  if (marked === "select" || choosing || event.shiftKey) return { act: event.shiftKey ? "range" : "select", index };
  const isLink = marked === "open";
  if (event.ctrlKey || event.metaKey) return isLink ? null : { act: "tab", index };
  const isReading = !isLink && window.getSelection()?.isCollapsed === false;
  return isReading ? null : { act: "open", index };
}

const HOLD_MS = 450;
const SLIP_PX = 10;

interface PointerAsk {
  /** Whether a tap chooses. */
  readonly choosing: boolean;
  readonly onAct: (act: Act, index: number) => void;
  /** A finger rested on a row. */
  readonly onHold: ((index: number) => void) | null;
}

/** One listener for all rows, so that a row costs nothing but its elements. */
export function usePointer({ choosing, onAct, onHold }: PointerAsk) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const start = useRef<{ x: number; y: number } | null>(null);
  const held = useRef(false);
  const letGo = () => clearTimeout(timer.current);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    onMouseDown(event: MouseEvent<HTMLElement>) {
      if (!event.shiftKey) return;
      event.preventDefault(); // a range of rows, not of text
      event.currentTarget.focus();
    },
    onClick(event: MouseEvent) {
      if (held.current) {
        held.current = false;
        event.preventDefault();
        return;
      }
      const found = pointed(event, choosing);
      if (!found) return;
      event.preventDefault();
      onAct(found.act, found.index);
    },
    onPointerDown(event: PointerEvent) {
      held.current = false;
      if (!onHold || event.pointerType !== "touch" || !(event.target instanceof Element)) return;
      const row = event.target.closest<HTMLElement>("[data-index]");
      start.current = { x: event.clientX, y: event.clientY };
      timer.current = setTimeout(() => {
        if (!row) return;
        held.current = true;
        onHold(Number(row.dataset.index));
      }, HOLD_MS);
    },
    onPointerMove({ clientX, clientY }: PointerEvent) {
      if (start.current && Math.hypot(clientX - start.current.x, clientY - start.current.y) > SLIP_PX) letGo();
    },
    onPointerUp: letGo,
    onPointerCancel: letGo,
    onContextMenu(event: MouseEvent) {
      if (held.current) event.preventDefault();
    },
  };
}
