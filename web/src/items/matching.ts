import type { Annotation, Box } from "./annotations";

/** From which overlap on a prediction counts as having found a label. */
export const FOUND_IOU = 0.5;

/** What became of an annotation: labels are found or missed, predictions found one or are false. */
export type Outcome = "found" | "missed" | "false";

export interface Match {
  readonly outcome: Outcome;
  /** The place of the other side of a pair, null without one. */
  readonly partner: number | null;
  /** Overlap of the pair. */
  readonly iou: number | null;
}

export function iou(one: Box, other: Box): number {
  const width = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const height = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (area(one) + area(other) - shared);
}

const area = (box: Box) => (box[2] - box[0]) * (box[3] - box[1]);

function bestOf(prediction: Annotation, open: ReadonlySet<Annotation>): { label: Annotation; overlap: number } | null {
  let best: { label: Annotation; overlap: number } | null = null;
  for (const label of open) {
    if (label.kind !== prediction.kind) continue;
    const overlap = iou(label.box, prediction.box);
    if (overlap >= FOUND_IOU && overlap > (best?.overlap ?? 0)) best = { label, overlap };
  }
  return best;
}

/**
 * Pairs the predictions of at least `confidence` with labels of their class, the surest first, each with the free label it overlaps most;
 * by the place of each annotation. Predictions below the confidence are left out.
 */
export function matched(annotations: readonly Annotation[], confidence: number): ReadonlyMap<number, Match> {
  const open = new Set(annotations.filter(({ isTruth }) => isTruth));
  const sure = annotations.filter(({ isTruth, score }) => !isTruth && (score ?? 1) >= confidence);
  const matches = new Map<number, Match>();
  for (const label of open) matches.set(label.at, { outcome: "missed", partner: null, iou: null });
  for (const prediction of sure.toSorted((a, b) => (b.score ?? 1) - (a.score ?? 1))) {
    const best = bestOf(prediction, open);
    matches.set(prediction.at, { outcome: best ? "found" : "false", partner: best?.label.at ?? null, iou: best?.overlap ?? null });
    if (!best) continue;
    open.delete(best.label);
    matches.set(best.label.at, { outcome: "found", partner: prediction.at, iou: best.overlap });
  }
  return matches;
}

export interface Counts {
  readonly found: number;
  readonly missed: number;
  readonly false: number;
}

/** How many labels were found and missed, and how many predictions are false. */
export function countsOf(annotations: readonly Annotation[], matches: ReadonlyMap<number, Match>): Counts {
  const counts = { found: 0, missed: 0, false: 0 };
  for (const { at, isTruth } of annotations) {
    const outcome = matches.get(at)?.outcome;
    if (outcome && (isTruth || outcome === "false")) counts[outcome] += 1;
  }
  return counts;
}
