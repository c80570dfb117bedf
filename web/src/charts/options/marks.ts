import { pxFromX, type Plot } from "../plot";
import type { ChartLook, FlagMark, StageMark } from "../scene";
import type { Pen } from "../trace";

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

const DENSE = 12; // stages in view: more, and lines stand so close that none is read
const APART_PX = 24;

/** Stages in view, in order. Of very many those that stand close together are one, with a count of the others; a closer look parts them. */
function gathered(stages: readonly StageMark[], plot: Plot): StageMark[] {
  const seen = stages.filter(({ x }) => x >= plot.x[0] && x <= plot.x[1]);
  if (seen.length <= DENSE) return seen;
  const groups: { first: StageMark; more: number }[] = [];
  for (const stage of seen.toSorted((a, b) => a.x - b.x)) {
    const last = groups.at(-1);
    if (last && pxFromX(plot, stage.x) - pxFromX(plot, last.first.x) < APART_PX) last.more += 1;
    else groups.push({ first: stage, more: 0 });
  }
  return groups.map(({ first, more }) => (more === 0 ? first : { x: first.x, label: `${first.label} +${more}` }));
}

/**
 * Where attempts and stages begin within the plot. Labels stand right of their line, at the right edge left of it, and
 * never over one another, those of attempts first; what has no room is told by the readout.
 */
export function marksOf(look: ChartLook, plot: Plot): Mark[] {
  const { attempts, stages = [] } = look;
  const right = plot.left + plot.width;
  const taken: [number, number][] = [[-Infinity, plot.left], ...flagsOf(look, plot).map(({ px }): [number, number] => [px - FLAG.radius, px + FLAG.radius + GAP_PX])];
  const all = [...attempts.map((mark) => ({ ...mark, kind: "attempt" as const })), ...gathered(stages, plot).map((mark) => ({ ...mark, kind: "stage" as const }))];
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

/** The beginning of what a flag marks, in the chart's pixels. */
export interface Flag {
  readonly tone: FlagMark["tone"];
  readonly px: number;
}

/** Where flags stand within the plot; of those in one place the gravest, because they would cover one another. */
export function flagsOf({ flags = [] }: ChartLook, plot: Plot): Flag[] {
  const gravest = new Map<number, FlagMark["tone"]>();
  for (const { x, tone } of flags) {
    if (x < plot.x[0] || x > plot.x[1]) continue;
    const px = Math.round(pxFromX(plot, x)) + 0.5;
    if (TONES.indexOf(tone) >= TONES.indexOf(gravest.get(px) ?? "info")) gravest.set(px, tone);
  }
  return [...gravest].map(([px, tone]) => ({ px, tone })).toSorted((a, b) => a.px - b.px);
}

const TONES: readonly FlagMark["tone"][] = ["info", "warning", "critical"];
const TAU = 2 * Math.PI;

/** The head of a flag: each tone has a shape of its own. */
export function traceFlag(pen: Pen, { tone, px }: Flag, plot: Plot): void {
  const [y, r] = [plot.top - FLAG.above, FLAG.radius];
  if (tone === "info") {
    pen.moveTo(px + r - 1, y);
    pen.arc(px, y, r - 1, 0, TAU);
    return;
  }
  pen.moveTo(px, y - r);
  if (tone === "warning") {
    pen.lineTo(px + r, y + r);
    pen.lineTo(px - r, y + r);
  } else {
    pen.lineTo(px + r, y);
    pen.lineTo(px, y + r);
    pen.lineTo(px - r, y);
  }
  pen.closePath();
}

/** CSS pixels of a flag's head: its middle above the plot, and from there to its edge. */
const FLAG = { above: 7, radius: 5 } as const;

/** How labels of marks are written: their size, and CSS pixels from the line, above the plot, and that the line rises over it. */
export const MARK_LABEL = { size: 10, gap: GAP_PX, above: 3, rise: 8 } as const;

export const MARK_PAINT = { attempt: { opacity: 0.55, dash: [3, 3] }, stage: { opacity: 0.75, dash: [1, 3] } } as const;

export const SHADE_OPACITY = 0.12;
const THINNEST_SHADE_PX = 2;

/** The stretch to look at, as far as it lies within the plot. */
export function shadeOf({ shaded }: ChartLook, plot: Plot): { readonly px: number; readonly width: number } | null {
  if (!shaded) return null;
  const [from, to] = [Math.max(shaded[0], plot.x[0]), Math.min(shaded[1], plot.x[1])];
  if (from > to) return null;
  const px = pxFromX(plot, from);
  return { px, width: Math.max(THINNEST_SHADE_PX, pxFromX(plot, to) - px) };
}
