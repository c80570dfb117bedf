import { useEffect, useState, type RefObject } from "react";

const MARGIN = "160px"; // a little ahead of scrolling, so that a chart is there when it is reached

/** Whether the element is on screen or nearly so. */
export function useOnScreen(target: RefObject<Element | null>): boolean {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    if (!target.current) return undefined;
    const observer = new IntersectionObserver(([entry]) => setVisible(entry?.isIntersecting ?? false), { rootMargin: MARGIN });
    observer.observe(target.current);
    return () => observer.disconnect();
  }, [target]);
  return visible;
}
