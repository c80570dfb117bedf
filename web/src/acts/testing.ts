import type { Command } from "../api/client";

/** A command as the server tells of it, for tests. */
export function command(more: Partial<Command> = {}): Command {
  return {
    id: "c1",
    verb: "set",
    args: {},
    state: "applied",
    who: "anna",
    created: "2026-01-01T10:00:00Z",
    deadline: "2026-01-01T10:01:00Z",
    accepted: "2026-01-01T10:00:00.200Z",
    settled: "2026-01-01T10:00:00.400Z",
    applied_at: { step: 120, epoch: 2.5, time: "2026-01-01T10:00:00.300Z" },
    result: {},
    cause: "",
    effect: null,
    ...more,
  };
}
