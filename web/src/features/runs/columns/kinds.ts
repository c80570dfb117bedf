import { functionOf } from "../list/terms";
import { isField } from "../list/values";
import { sparkSeries } from "./specs";

/** How the values of a column are shown. */
export type Kind = "name" | "state" | "health" | "progress" | "time" | "duration" | "tags" | "note" | "metric" | "spark" | "value" | "count" | "project";

const KINDS: Readonly<Record<string, Kind>> = {
  name: "name",
  project: "project",
  state: "state",
  health: "health",
  findings: "count",
  progress: "progress",
  created: "time",
  updated: "time",
  ended: "time",
  elapsed_s: "duration",
  eta_s: "duration",
  tags: "tags",
  note: "note",
  epoch: "count",
  epochs: "count",
  step: "count",
  rows: "count",
  attempt: "count",
  best_epoch: "count",
  patience_left: "count",
  lost: "count",
  deferred: "count",
  exit_code: "count",
};

const METRIC = /^(?:(?:best|min|max|last)\()?`?(?:metrics\/|class\/)/;

export function kindOf(id: string): Kind {
  const known = KINDS[id];
  if (known) return known;
  if (sparkSeries(id) !== null) return "spark";
  return METRIC.test(id) ? "metric" : "value";
}

const WIDTHS: Record<Kind, number> = {
  name: 240,
  project: 120,
  state: 104,
  health: 116,
  progress: 148,
  time: 104,
  duration: 92,
  tags: 160,
  note: 220,
  metric: 96,
  spark: 124,
  value: 112,
  count: 84,
};

const FUNCTION_PX = 28; // the word before the name

export function widthOf(id: string): number {
  return WIDTHS[kindOf(id)] + (functionOf(id).of !== null && sparkSeries(id) === null ? FUNCTION_PX : 0);
}

const ON_THE_RIGHT: ReadonlySet<Kind> = new Set<Kind>(["time", "duration", "metric", "count"]);

/** Whether the values end at the right edge; of a column of unknown values its first one decides. */
export function isNumeric(id: string, sample: unknown): boolean {
  const kind = kindOf(id);
  return ON_THE_RIGHT.has(kind) || (kind === "value" && typeof sample === "number");
}

/** Whether small values of a series are the good ones, by its name. */
export const isLowerBetter = (id: string): boolean => /loss|error|overhead|time\/|(?:^|\/)lr\b/.test(id);

/** What rows are sorted by under a column; null where there is no order. */
export function sortTerm(id: string): string | null {
  if (id === "progress") return "epoch";
  return sparkSeries(id) === null && id !== "note" ? id : null;
}

const FALLING_FIRST: ReadonlySet<Kind> = new Set<Kind>(["metric", "time", "count", "progress", "health"]);

/** Whether the first click puts the greatest value on top. */
export function isFallingFirst(id: string, sample: unknown): boolean {
  if (isLowerBetter(id)) return false;
  return FALLING_FIRST.has(kindOf(id)) || id === "elapsed_s" || (kindOf(id) === "value" && typeof sample === "number");
}

/** What the server must be asked to know the values of a column. */
export function termsOfColumn(id: string): readonly string[] {
  return id === "progress" || sparkSeries(id) !== null ? [] : [id];
}

const UNGROUPABLE: ReadonlySet<Kind> = new Set<Kind>(["name", "progress", "time", "duration", "spark", "note", "metric"]);

/** Whether few enough runs have a value of their own under the column that grouping by it makes sense. */
export function isGroupable(id: string): boolean {
  return !UNGROUPABLE.has(kindOf(id)) && (isField(id) ? kindOf(id) !== "count" : true);
}
