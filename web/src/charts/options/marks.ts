import { pxFromX, type Plot } from "../plot";
import type { ChartLook } from "../scene";

const CHARACTER_PX = { latin: 5.4, wide: 10 } as const; // mean widths at the label's size
const GAP_PX = 4;

/** The beginning of an attempt or a stage in the chart's pixels; a label that has no room is left out. */
export interface Mark {
  readonly kind: "attempt" | "stage";
  readonly px: number;
  readonly label: string;
  readonly side: "left" | "right";
}

const widthOf = (label: string) =>
  [...label].reduce((sum, character) => sum + (character > "\u2E80" ? CHARACTER_PX.wide : CHARACTER_PX.latin), 0);

/** Whether a stretch of pixels is free of others; if so it is taken. */
function take(taken: [number, number][], from: number, to: number): boolean {
  if (taken.some(([low, high]) => from < high && to > low)) return false;
  taken.push([from, to + GAP_PX]);
  return true;
}

/**
 * Where attempts and stages begin within the plot. Labels stand right of their line, at the right edge left of it, and
 * never over one another, those of attempts first; what has no room is told by the readout.
 */
export function marksOf({ attempts, stages = [] }: ChartLook, plot: Plot): Mark[] {
  const right = plot.left + plot.width;
  const taken: [number, number][] = [[-Infinity, plot.left]];
  const all = [...attempts.map((mark) => ({ ...mark, kind: "attempt" as const })), ...stages.map((mark) => ({ ...mark, kind: "stage" as const }))];
  return all
    .filter(({ x }) => x >= plot.x[0] && x <= plot.x[1])
    .map(({ x, label, kind }) => {
      const px = Math.round(pxFromX(plot, x)) + 0.5;
      const width = widthOf(label) + GAP_PX;
      const side = px + width > right + GAP_PX ? ("left" as const) : ("right" as const);
      const from = side === "right" ? px : px - width;
      return { kind, px, label: take(taken, from, from + width) ? label : "", side };
    })
    .toSorted((a, b) => a.px - b.px);
}

/** How labels of marks are written: their size, and CSS pixels from the line, above the plot, and that the line rises over it. */
export const MARK_LABEL = { size: 10, gap: GAP_PX, above: 3, rise: 8 } as const;

export const MARK_PAINT = { attempt: { opacity: 0.55, dash: [3, 3] }, stage: { opacity: 0.75, dash: [1, 3] } } as const;
