import type { MediaItem } from "../api/client";
import type { Annotation, Box } from "./annotations";
import type { Embedding } from "./content";

/** A point's own label on a picture that was logged beside the embedding. */
export interface Seen {
  readonly item: MediaItem;
  readonly annotations: readonly Annotation[];
  readonly label: Annotation;
}

interface Candidate {
  readonly item: MediaItem;
  readonly annotations: readonly Annotation[];
}

const SLACK_PX = 0.05; // single precision, on the way through JSON
const PADDING_PX = 1_024; // pictures are logged without the padding in which the points were taken

const near = (one: number, other: number) => Math.abs(one - other) <= SLACK_PX;

function isSame(label: Annotation, kind: number, box: Box, shift: readonly [number, number] | null): boolean {
  const [dx, dy] = [box[0] - label.box[0], box[1] - label.box[1]];
  if (!label.isTruth || label.kind !== kind) return false;
  if (!near(box[2] - label.box[2], dx) || !near(box[3] - label.box[3], dy)) return false;
  if (shift) return near(dx, shift[0]) && near(dy, shift[1]);
  return dx >= -SLACK_PX && dy >= -SLACK_PX && Math.max(dx, dy) <= PADDING_PX;
}

/** The labels of a picture that the points of one image are, if each of them is there with the same shift; by the place of the point. */
function labelsOf(points: readonly number[], embedding: Embedding, { annotations }: Candidate): ReadonlyMap<number, Annotation> | null {
  const found = new Map<number, Annotation>();
  let shift: readonly [number, number] | null = null;
  for (const at of points) {
    const [kind, box] = [embedding.classes[at] ?? -1, embedding.xyxy[at]];
    const label = box ? annotations.find((one) => isSame(one, kind, box, shift)) : undefined;
    if (!label || !box) return null;
    shift ??= [box[0] - label.box[0], box[1] - label.box[1]];
    found.set(at, label);
  }
  return found;
}

/** What of an embedding is seen on some pictures, by the place of the point. Numbers of images say nothing about names, but labels are as good as fingerprints. */
export function seenFrom(embedding: Embedding, pictures: readonly Candidate[]): ReadonlyMap<number, Seen> {
  const byImage = new Map<number, number[]>();
  embedding.images.forEach((image, at) => byImage.set(image, [...(byImage.get(image) ?? []), at]));
  const seen = new Map<number, Seen>();
  for (const points of byImage.values()) {
    for (const picture of pictures) {
      const labels = labelsOf(points, embedding, picture);
      labels?.forEach((label, at) => seen.set(at, { ...picture, label }));
      if (labels) break;
    }
  }
  return seen;
}
