import { useState } from "react";
import { route, useViewChange } from "./route";

export interface Smoothing {
  readonly weight: number;
  /** Shows a weight while the slider is dragged. */
  readonly preview: (weight: number) => void;
  /** Puts it into the address: at the end only, browsers limit how often an address may change. */
  readonly commit: (weight: number) => void;
}

export function useSmoothing(): Smoothing {
  const { smooth = 0 } = route.useSearch();
  const change = useViewChange();
  // What is being dragged counts until the address has followed, or was changed from elsewhere.
  const [draft, setDraft] = useState({ from: smooth, weight: smooth });
  return {
    weight: draft.from === smooth ? draft.weight : smooth,
    preview: (weight) => setDraft({ from: smooth, weight }),
    commit: (weight) => change({ smooth: weight > 0 ? weight : undefined }),
  };
}
