import type { Annotation } from "../../../items/annotations";
import { matched, type Counts } from "../../../items/matching";

/** What there is of one class over all pictures that are shown. */
export interface ClassTally extends Counts {
  readonly kind: number;
  readonly title: string | null;
  readonly labels: number;
  /** Predictions of at least the confidence. */
  readonly predictions: number;
}

type Draft = { -readonly [Key in keyof ClassTally]: ClassTally[Key] };

function draftOf(kind: number, title: string | null): Draft {
  return { kind, title, labels: 0, predictions: 0, found: 0, missed: 0, false: 0 };
}

/** Counts by class over pictures, in the order of their numbers. */
export function talliesOf(pictures: readonly (readonly Annotation[])[], confidence: number): readonly ClassTally[] {
  const tallies = new Map<number, Draft>();
  for (const annotations of pictures) {
    const matches = matched(annotations, confidence);
    for (const { at, kind, title, isTruth } of annotations) {
      const tally = tallies.get(kind) ?? draftOf(kind, title);
      tallies.set(kind, tally);
      const outcome = matches.get(at)?.outcome;
      if (!outcome) continue;
      tally[isTruth ? "labels" : "predictions"] += 1;
      if (isTruth || outcome === "false") tally[outcome] += 1;
    }
  }
  return [...tallies.values()].toSorted((a, b) => a.kind - b.kind);
}

export function totalOf(tallies: readonly ClassTally[], hidden: ReadonlySet<number>): Counts {
  const seen = tallies.filter(({ kind }) => !hidden.has(kind));
  const sum = (of: keyof Counts) => seen.reduce((total, tally) => total + tally[of], 0);
  return { found: sum("found"), missed: sum("missed"), false: sum("false") };
}

/** Whether labels and predictions can be held against each other: of these groups both are logged, of others both have to be there. */
export function isCompared(group: string, pictures: readonly (readonly Annotation[])[]): boolean {
  if (group === "predictions" || group.startsWith("extremes/")) return true;
  const sides = new Set(pictures.flatMap((annotations) => annotations.map(({ isTruth }) => isTruth)));
  return sides.size === 2;
}
