import { lineColor } from "../charts/palette";
import type { Annotation } from "./annotations";
import { matched, type Outcome } from "./matching";

export type Sides = "both" | "truth" | "predictions";

/** What of the annotations is shown, and how. */
export interface BoxView {
  /** Predictions below it are left out. */
  readonly confidence: number;
  readonly hidden: ReadonlySet<number>;
  readonly sides: Sides;
  /** Whether labels and predictions are held against each other; otherwise outcomes mean nothing. */
  readonly compares: boolean;
  readonly byClass: boolean;
}

/** An annotation as it is drawn over its picture. */
export interface DrawnBox {
  readonly annotation: Annotation;
  readonly color: string;
  readonly outcome: Outcome | null;
  /** What it overlaps its other side by. */
  readonly iou: number | null;
  /** A label that was found is told by its prediction. */
  readonly isTagged: boolean;
}

/** The signs of the outcomes, which are never told by colour alone. */
export const SIGNS: Record<Outcome, string> = { found: "✓", missed: "○", false: "✕" };

/** On photographs, whatever the theme: they stand on a dark rim. */
export const OUTCOME_COLORS: Record<Outcome, string> = { found: "#3ddc97", missed: "#ffc93c", false: "#ff6b8b" };

export function classColor(kind: number): string {
  return lineColor("dark", Math.max(0, kind));
}

function isShown({ isTruth, score, kind }: Annotation, view: BoxView): boolean {
  if (view.hidden.has(kind)) return false;
  if (isTruth) return view.sides !== "predictions";
  return view.sides !== "truth" && (score ?? 1) >= view.confidence;
}

const rank = ({ isTruth, score }: Annotation) => (isTruth ? -1 : (score ?? 1));

/** What is drawn of a picture's annotations: labels first, so that predictions lie above them, the surest on top. */
export function drawnFrom(annotations: readonly Annotation[], view: BoxView): readonly DrawnBox[] {
  const matches = view.compares ? matched(annotations, view.confidence) : null;
  return annotations
    .filter((one) => isShown(one, view))
    .toSorted((a, b) => rank(a) - rank(b))
    .map((annotation) => {
      const match = matches?.get(annotation.at);
      const outcome = match?.outcome ?? null;
      return {
        annotation,
        color: outcome && !view.byClass ? OUTCOME_COLORS[outcome] : classColor(annotation.kind),
        outcome,
        iou: match?.iou ?? null,
        isTagged: !(annotation.isTruth && outcome === "found" && view.sides === "both"),
      };
    });
}
