/** The code of each page but the list of runs, which is there from the start. */
export const PAGES = {
  run: () => import("../features/run/RunPage"),
  machines: () => import("../features/machines/MachinesPage"),
  compare: () => {
    void import("../features/compare/curves/CurvesTab"); // what a comparison opens with
    return import("../features/compare/ComparePage");
  },
  autopilot: () => import("../features/autopilot/AutopilotPage"),
  learnt: () => import("../features/learnt/LearntPage"),
  boards: () => import("../features/boards/BoardsPage"),
  board: () => import("../features/boards/BoardPage"),
} as const;

type PageId = "runs" | keyof typeof PAGES;

/** By the first part of an address: the page that it alone shows, and the one that it shows with a second part. */
const SHOWN = new Map<string, readonly [alone: PageId | null, withMore: PageId | null]>([
  ["", ["runs", null]],
  ["runs", [null, "run"]],
  ["machines", ["machines", null]],
  ["compare", ["compare", null]],
  ["autopilot", ["autopilot", null]],
  ["learnt", ["learnt", null]],
  ["boards", ["boards", "board"]],
]);

/** Which page an address shows; null for none of them. */
export function pageAt(pathname: string): PageId | null {
  const [first = "", second] = pathname.split("/").slice(1);
  const [alone, withMore] = SHOWN.get(first) ?? [null, null];
  return second ? withMore : alone;
}
