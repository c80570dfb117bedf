import type { RunSummary } from "../../api/client";

/** A run for tests, with as much told as they need. */
export function runOf(id: string, more: Partial<RunSummary> = {}): RunSummary {
  return {
    id, created: "2026-01-01T00:00:00Z", project: "p", name: id, state: "running", updated: "2026-01-01T00:00:00Z", ended: null, epoch: 3, epochs: 10,
    step: 30, elapsed_s: null, eta_s: null, rows: 0, attempt: 1, host: null, framework: null, tags: [], group: null, lost: {}, deferred: 0, last: {},
    best_epoch: null, patience_left: null, end_reason: null, exit_code: null, note: "", starred: false, archived: false, health: null,
    findings: 0, ...more,
  };
}
