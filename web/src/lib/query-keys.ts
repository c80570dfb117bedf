import type { Span, XAxis } from "./columns";

interface SeriesView {
  readonly names: readonly string[];
  readonly x: XAxis;
  readonly window: Span | null;
  readonly buckets: number;
  readonly supersededOf?: readonly number[];
}

/** Names of everything that is fetched. The live connection finds by them what a hint is about. */
export const queryKeys = {
  session: ["session"] as const,
  projects: ["projects"] as const,
  allRuns: ["runs"] as const,
  runs: (project: string | undefined) => ["runs", project ?? null] as const,
  machines: ["machines"] as const,
  machineHistory: (host: string) => ["machine-history", host] as const,
  run: (id: string) => ["run", id] as const,
  console: (id: string) => ["console", id] as const,
  itemNames: (run: string) => ["items", [run], "names"] as const,
  items: (runs: readonly string[], ask: unknown) => ["items", runs, ask] as const,
  series: (runs: readonly string[], view: SeriesView) => ["series", runs, view] as const,
};

/** Whether a query is about items of the run: an item or a part of one came. */
export function isItemsOf(key: readonly unknown[], run: string): boolean {
  return key[0] === "items" && Array.isArray(key[1]) && key[1].includes(run);
}

export function isSeriesOf(key: readonly unknown[], run: string): boolean {
  return key[0] === "series" && Array.isArray(key[1]) && key[1].includes(run);
}
