/** The views of a comparison, in the order in which they stand; their words are in `compare.json`. */
export const TAB_IDS = ["curves", "table", "differences", "parallel", "scatter", "importance"] as const;
export type TabId = (typeof TAB_IDS)[number];
