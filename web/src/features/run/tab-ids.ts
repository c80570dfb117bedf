/** The parts of a run's page, in the order in which they stand. A new one has a line in `tabs.ts`, and a word in `run.json`. */
export const TAB_IDS = ["overview", "diagnosis", "charts", "classes", "images", "model", "files", "system", "config", "console", "history"] as const;
export type TabId = (typeof TAB_IDS)[number];
