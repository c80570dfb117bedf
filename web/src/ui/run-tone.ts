import type { RunTone } from "./StateBadge";

const TONES = {
  queued: "idle",
  running: "live",
  paused: "warn",
  finished: "good",
  stopped: "idle",
  crashed: "bad",
  failed: "bad",
  unreachable: "warn",
  stalled: "warn",
} as const satisfies Record<string, RunTone>;

/** How a run state is coloured. */
export function runTone(state: keyof typeof TONES): RunTone {
  return TONES[state];
}
