import type { Span, XAxis } from "./columns";

interface SeriesView {
  readonly names: readonly string[];
  readonly x: XAxis;
  readonly window: Span | null;
  readonly buckets: number;
  readonly supersededOf?: readonly number[];
  /** What runs are grouped by, where the series are means over groups. */
  readonly by?: string;
  /** What the page takes out of the stored values. */
  readonly without?: string;
}

/** Names of everything that is fetched. The live connection finds by them what a hint is about. */
export const queryKeys = {
  session: ["session"] as const,
  projects: ["projects"] as const,
  allRuns: ["runs"] as const,
  runs: (question: unknown) => ["runs", question] as const,
  /** Runs that a page chose by itself: asked for again when one of any changes. */
  chosen: (question: unknown) => ["chosen-runs", question] as const,
  allChosen: ["chosen-runs"] as const,
  views: ["views"] as const,
  machines: ["machines"] as const,
  machineHistory: (host: string) => ["machine-history", host] as const,
  run: (id: string) => ["run", id] as const,
  findings: (id: string) => ["findings", id] as const,
  measures: (project: string) => ["measures", project] as const,
  /** Told anew when the findings of the run are: measures answer them. */
  runMeasures: (id: string) => ["findings", id, "measures"] as const,
  commands: (id: string) => ["commands", id] as const,
  console: (id: string) => ["console", id] as const,
  itemNames: (run: string) => ["items", [run], "names"] as const,
  items: (runs: readonly string[], ask: unknown) => ["items", runs, ask] as const,
  /** What a part holds never changes: its address names its digest. */
  part: (url: string | null) => ["part", url] as const,
  series: (runs: readonly string[], view: SeriesView) => ["series", runs, view] as const,
};

/** Whether a query is about items of the run: an item or a part of one came. */
export function isItemsOf(key: readonly unknown[], run: string): boolean {
  return key[0] === "items" && Array.isArray(key[1]) && key[1].includes(run);
}

export function isSeriesOf(key: readonly unknown[], run: string): boolean {
  return key[0] === "series" && Array.isArray(key[1]) && key[1].includes(run);
}
