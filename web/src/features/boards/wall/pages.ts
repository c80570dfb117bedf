/** Charts of a page of the wall screen, by the shape of the screen: what can be read from three metres. */
export function chartsAPage(width: number, height: number): { readonly columns: number; readonly rows: number } {
  if (width < 700) return { columns: 1, rows: height < 500 ? 1 : 2 };
  if (height < 500) return { columns: 2, rows: 1 };
  return width > height * 2.2 ? { columns: 3, rows: 2 } : { columns: 2, rows: 2 };
}

export function pagesOf<T>(all: readonly T[], most: number): (readonly T[])[] {
  const count = Math.max(1, Math.ceil(all.length / Math.max(1, most)));
  const each = Math.ceil(all.length / count); // pages of much the same size instead of a last one with a single chart
  return Array.from({ length: count }, (_, page) => all.slice(page * each, (page + 1) * each));
}

const READ_AT_PX = 900; // the height of a desk's screen, on which type has its usual size
const LARGEST = 3;

/** How much larger type and lines are than on a desk. */
export const wallZoom = (width: number, height: number): number => (width < 700 ? 1 : Math.min(LARGEST, Math.max(1.3, (height / READ_AT_PX) * 1.7)));

const SILENT_S = 300; // a live training tells something every few seconds

export type Freshness = "fresh" | "silent" | "over";

/** Whether runs that should report did so lately. */
export function freshnessOf(runs: readonly { readonly isOver: boolean; readonly updatedMs: number }[], nowMs: number): Freshness {
  const live = runs.filter(({ isOver }) => !isOver);
  if (live.length === 0) return "over";
  const newest = Math.max(...live.map(({ updatedMs }) => updatedMs));
  return nowMs - newest > SILENT_S * 1000 ? "silent" : "fresh";
}
