import { useEffect, useState, type RefObject } from "react";

/** Width in CSS pixels of an element; 0 before it is laid out. */
export function useWidth(target: RefObject<Element | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!target.current) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry?.contentRect.width ?? 0)));
    observer.observe(target.current);
    return () => observer.disconnect();
  }, [target]);
  return width;
}
