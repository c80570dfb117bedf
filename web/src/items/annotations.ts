import { numberFromWire } from "../lib/numbers";
import type { Boxes } from "./content";

export type Box = readonly [number, number, number, number];

/** One label or prediction on a picture; all coordinates are pixels of the picture. */
export interface Annotation {
  /** Its place among all of its picture. */
  readonly at: number;
  readonly box: Box;
  readonly kind: number;
  readonly title: string | null;
  /** Null of a label. */
  readonly score: number | null;
  readonly isTruth: boolean;
  readonly outline: readonly (readonly [number, number])[];
  readonly keypoints: readonly (readonly [number, number, number])[];
}

export function annotationsFrom(boxes: Boxes): readonly Annotation[] {
  return boxes.xyxy.map((box, at) => {
    const score = numberFromWire(boxes.scores[at]);
    return {
      at,
      box,
      kind: boxes.classes[at] ?? -1,
      title: boxes.titles[at] ?? null,
      score: score !== null && Number.isFinite(score) ? score : null,
      isTruth: boxes.truth[at] === 1,
      outline: boxes.outlines[at] ?? [],
      keypoints: boxes.keypoints[at] ?? [],
    };
  });
}
