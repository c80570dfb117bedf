import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
} from "@tanstack/react-table";
import type { RunSummary } from "../../api/client";
import { durationOf } from "../../lib/duration";
import { lastOf, progressOf, sortable } from "./derive";
import { MAP, MAP50 } from "./queries";

export const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

const helper = createColumnHelper<typeof features, RunSummary>();

const text = { sortFn: sortFn_alphanumeric, sortDescFirst: false };
const number = { sortFn: sortFn_basic, sortDescFirst: true, sortUndefined: "last" as const };

export const COLUMN_IDS = [
  "name",
  "project",
  "state",
  "progress",
  "eta",
  "map",
  "map50",
  "trend",
  "created",
  "duration",
] as const;
export type ColumnId = (typeof COLUMN_IDS)[number];

/** The columns as the table sorts them; what a cell looks like is the row's business. */
export const columns = helper.columns([
  helper.accessor("name", { id: "name", ...text }),
  helper.accessor("project", { id: "project", ...text }),
  helper.accessor("state", { id: "state", ...text }),
  helper.accessor((run) => sortable(progressOf(run)), { id: "progress", ...number }),
  helper.accessor((run) => sortable(run.eta_s), { id: "eta", ...number, sortDescFirst: false }),
  helper.accessor((run) => sortable(lastOf(run, MAP)), { id: "map", ...number }),
  helper.accessor((run) => sortable(lastOf(run, MAP50)), { id: "map50", ...number }),
  helper.accessor((run) => sortable(lastOf(run, MAP)), { id: "trend", ...number, enableSorting: false }),
  helper.accessor((run) => Date.parse(run.created), { id: "created", ...number }),
  helper.accessor((run) => sortable(durationOf(run)), { id: "duration", ...number }),
]);

export const NUMERIC: ReadonlySet<ColumnId> = new Set<ColumnId>(["eta", "map", "map50", "created", "duration"]);
