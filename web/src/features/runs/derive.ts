import type { RunPage, RunSummary } from "../../api/client";
import type { Columns } from "../../lib/columns";
import { numberFromWire } from "../../lib/numbers";

/** Share of the planned epochs that is done; null while the plan is unknown. */
export function progressOf(run: RunSummary): number | null {
  if (run.epochs === null || run.epochs <= 0) return null;
  return Math.min(1, run.epoch / run.epochs);
}

export function lastOf(run: RunSummary, name: string): number | null {
  return numberFromWire(run.last[name]);
}

/** For sorting: what is missing or not a number comes last, in either direction. */
export function sortable(value: number | null): number | undefined {
  return value === null || Number.isNaN(value) ? undefined : value;
}

/**
 * A refetched page laid over the known one. Rows that newer runs pushed off its end stay, because the next page does not
 * show them either; rows that are gone from its middle were removed.
 */
export function mergePage(known: RunPage, fresh: RunPage): RunPage {
  const last = fresh.items.at(-1);
  if (!last || fresh.next === null) return fresh;
  const ids = new Set(fresh.items.map((run) => run.id));
  const pushed = known.items.filter((run) => !ids.has(run.id) && run.created <= last.created);
  return { ...fresh, items: [...fresh.items, ...pushed], next: known.next };
}

/** All loaded rows, each run once: a page may repeat a run when newer ones moved it. */
export function rowsOf(pages: readonly RunPage[]): RunSummary[] {
  const seen = new Map<string, RunSummary>();
  for (const page of pages) for (const run of page.items) if (!seen.has(run.id)) seen.set(run.id, run);
  return [...seen.values()];
}

/** The `d` of an SVG path through the finite means; empty below two points. */
export function sparkPath(columns: Columns, width: number, height: number): string {
  const { x, mean } = columns;
  const finite = [...mean.keys()].filter((i) => Number.isFinite(mean[i] ?? NaN));
  if (finite.length < 2) return "";
  const values = finite.map((i) => mean[i] ?? 0);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [x[finite[0] ?? 0] ?? 0, x[finite.at(-1) ?? 0] ?? 1];
  const scaleX = last > first ? width / (last - first) : 0;
  const scaleY = high > low ? height / (high - low) : 0;
  const point = (i: number) =>
    `${(((x[i] ?? 0) - first) * scaleX).toFixed(1)} ${(height - ((mean[i] ?? 0) - low) * scaleY).toFixed(1)}`;
  return `M${finite.map(point).join("L")}`;
}
