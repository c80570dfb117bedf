import { useEffect, useEffectEvent, useState, type PointerEvent as ReactPointerEvent } from "react";
import { movedTo } from "../../panels/layout";

interface Dragged {
  readonly section: string;
  readonly key: string;
  readonly from: { readonly x: number; readonly y: number };
  /** The order so far; null until the pointer has moved far enough to mean it. */
  readonly keys: readonly string[] | null;
}

export interface TileDrag {
  readonly dragged: Dragged | null;
  /** To be called with the press on the head of a tile. */
  readonly begin: (event: ReactPointerEvent, section: string, key: string) => void;
}

const MEANT_PX = 6; // less is a click

/** The tile of this section under the pointer, and on which side of its middle the pointer is. */
function tileAt(x: number, y: number, section: string): { key: string; isAfter: boolean } | null {
  const tile = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-tile]");
  if (!tile || tile.dataset.section !== section || tile.dataset.tile === undefined) return null;
  const { left, width } = tile.getBoundingClientRect();
  return { key: tile.dataset.tile, isAfter: x > left + width / 2 };
}

function placed(keys: readonly string[], key: string, over: { key: string; isAfter: boolean }): readonly string[] {
  const others = keys.filter((one) => one !== key);
  const next = movedTo(keys, key, others.indexOf(over.key) + Number(over.isAfter));
  return next.every((one, at) => one === keys[at]) ? keys : next;
}

/** Moving a chart within its section by its head. Escape puts it back. */
export function useTileDrag(keysOf: (section: string) => readonly string[], onDrop: (section: string, keys: readonly string[]) => void): TileDrag {
  const [dragged, setDragged] = useState<Dragged | null>(null);
  const isDragging = dragged !== null;

  const move = useEffectEvent((event: PointerEvent) => {
    if (!dragged) return;
    const meant = dragged.keys !== null || Math.hypot(event.clientX - dragged.from.x, event.clientY - dragged.from.y) >= MEANT_PX;
    if (!meant) return;
    const keys = dragged.keys ?? keysOf(dragged.section);
    const over = tileAt(event.clientX, event.clientY, dragged.section);
    const next = over && over.key !== dragged.key ? placed(keys, dragged.key, over) : keys;
    if (next !== dragged.keys) setDragged({ ...dragged, keys: next });
  });
  const drop = useEffectEvent(() => {
    if (dragged?.keys) onDrop(dragged.section, dragged.keys);
    setDragged(null);
  });
  const cancel = useEffectEvent((event: KeyboardEvent) => {
    if (event.key === "Escape") setDragged(null);
  });

  useEffect(() => {
    if (!isDragging) return undefined;
    const stop = new AbortController();
    const options = { signal: stop.signal };
    window.addEventListener("pointermove", (event) => move(event), options);
    window.addEventListener("pointerup", () => drop(), options);
    window.addEventListener("pointercancel", () => setDragged(null), options);
    window.addEventListener("keydown", (event) => cancel(event), options);
    return () => stop.abort();
  }, [isDragging]);

  function begin(event: ReactPointerEvent, section: string, key: string): void {
    const isHead = event.target instanceof Element && event.target.closest("[data-panel-head]") && !event.target.closest("button");
    if (!isHead || event.button !== 0 || event.pointerType === "touch") return;
    event.preventDefault();
    setDragged({ section, key, from: { x: event.clientX, y: event.clientY }, keys: null });
  }

  return { dragged, begin };
}
