import type { RunSummary } from "../../../api/client";
import { numberFromWire } from "../../../lib/numbers";
import { functionOf } from "./terms";

export type Value = string | number | boolean | null;

/** Fields of a run that its row holds under the same name. */
const FIELDS = {
  id: (run: RunSummary) => run.id,
  name: (run: RunSummary) => run.name,
  project: (run: RunSummary) => run.project,
  state: (run: RunSummary) => run.state,
  tags: (run: RunSummary) => (run.tags.length > 0 ? run.tags.join(", ") : null),
  group: (run: RunSummary) => run.group,
  note: (run: RunSummary) => run.note || null,
  host: (run: RunSummary) => run.host,
  framework: (run: RunSummary) => run.framework,
  created: (run: RunSummary) => run.created,
  updated: (run: RunSummary) => run.updated,
  ended: (run: RunSummary) => run.ended,
  epoch: (run: RunSummary) => run.epoch,
  epochs: (run: RunSummary) => run.epochs,
  step: (run: RunSummary) => run.step,
  elapsed_s: (run: RunSummary) => run.elapsed_s,
  eta_s: (run: RunSummary) => run.eta_s,
  rows: (run: RunSummary) => run.rows,
  attempt: (run: RunSummary) => run.attempt,
  best_epoch: (run: RunSummary) => run.best_epoch,
  patience_left: (run: RunSummary) => run.patience_left,
  lost: (run: RunSummary) => Object.values(run.lost).reduce((sum, rows) => sum + rows, 0),
  deferred: (run: RunSummary) => run.deferred,
  end_reason: (run: RunSummary) => run.end_reason,
  exit_code: (run: RunSummary) => run.exit_code,
  starred: (run: RunSummary) => run.starred,
  archived: (run: RunSummary) => run.archived,
  health: (run: RunSummary) => run.health,
  findings: (run: RunSummary) => run.findings,
} as const satisfies Record<string, (run: RunSummary) => Value>;

export type FieldId = keyof typeof FIELDS;

export const isField = (term: string): term is FieldId => Object.hasOwn(FIELDS, term);

const inRow = (term: string) => term.startsWith("metrics/");

/** Whether a value must be asked for: rows hold their fields, and the last values of metrics. */
export function isAsked(term: string): boolean {
  return !isField(term) && !inRow(term);
}

const NUMBERS: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity"]);

function fromJson(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (NUMBERS.has(value)) return Number(value);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return Array.isArray(value) ? value.map(String).join(", ") : JSON.stringify(value);
}

/** What a run has under a name of the filter language; null where it has nothing. */
export function valueOf(run: RunSummary, term: string): Value {
  if (isField(term)) return FIELDS[term](run);
  const asked = run.values?.[term];
  if (asked !== undefined) return fromJson(asked);
  const { of, name } = functionOf(term);
  return of === null || of === "last" ? numberFromWire(run.last[name]) : null;
}

export function numberOf(run: RunSummary, term: string): number | null {
  const value = valueOf(run, term);
  return typeof value === "number" ? value : null;
}
