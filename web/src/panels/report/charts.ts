import type { QueryClient } from "@tanstack/react-query";
import type { ChartLook } from "../../charts/scene";
import { pictureOf } from "../../charts/svg";
import type { Span } from "../../lib/columns";
import type { ChartPlan } from "../plan";
import { chartQuery } from "../queries";
import { linesOf } from "../use-panel-data";

export interface ReportLook {
  readonly look: Omit<ChartLook, "theme">;
  readonly window: Span | null;
  /** The run of lines that name none. */
  readonly run: string | null;
  readonly titleOf: (plan: ChartPlan) => string;
  readonly source?: typeof chartQuery;
}

const SIZE = { width: 520, height: 230 } as const;
const BUCKETS = 240; // a pixel each, about: a report is looked at, not zoomed into
const FEWEST = 60;
const MOST_DRAWN = 6_000; // buckets of one chart: a file of some megabytes opens on a phone

const bucketsFor = (lines: number) => Math.max(FEWEST, Math.min(BUCKETS, Math.floor(MOST_DRAWN / Math.max(1, lines))));

async function drawn(client: QueryClient, plan: ChartPlan, { look, window, run, titleOf, source = chartQuery }: ReportLook): Promise<string[]> {
  const runs = [...new Set(plan.lines.flatMap((line) => line.run ?? run ?? []))];
  const names = [...new Set(plan.lines.map(({ name }) => name))];
  const asked = { names, x: look.axis, window, buckets: bucketsFor(plan.lines.length) };
  const query = source(runs, asked, true);
  const columns = await client.fetchQuery({ queryKey: query.queryKey, queryFn: query.queryFn, structuralSharing: false });
  const picked = query.select ? query.select(columns) : columns;
  const lines = linesOf(plan, picked, { run, locale: look.locale }).filter((line) => (line.columns?.x.length ?? 0) > 0);
  if (lines.length === 0) return [];
  return [pictureOf({ title: titleOf(plan), lines, look: { ...look, theme: "light" }, window, ...SIZE }).svg];
}

/** The charts as vectors, in their order; those without a point are left out. */
export async function chartPictures(client: QueryClient, plans: readonly ChartPlan[], look: ReportLook): Promise<string[]> {
  return (await Promise.all(plans.map((plan) => drawn(client, plan, look)))).flat();
}
