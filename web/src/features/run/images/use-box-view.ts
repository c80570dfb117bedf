import { useMemo } from "react";
import type { BoxView } from "../../../items/drawn";
import { useItemsView } from "../use-items-view";

export const CONFIDENCE = 0.25; // above which Ultralytics counts a prediction in its confusion matrix

/** How boxes are drawn by what the address says. */
export function useBoxView(compares: boolean): BoxView {
  const [{ confidence = CONFIDENCE, hidden, sides = "both", colors }] = useItemsView();
  return useMemo(
    () => ({ confidence, hidden: new Set(hidden), sides, compares, byClass: !compares || colors === "class" }),
    [confidence, hidden, sides, compares, colors],
  );
}
