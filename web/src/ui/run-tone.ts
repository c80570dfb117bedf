import type { RunTone } from "./StateBadge";

const TONES = {
  queued: "idle",
  running: "live",
  paused: "warn",
  finished: "done",
  stopped: "warn",
  crashed: "bad",
  failed: "bad",
  unreachable: "warn",
  stalled: "warn",
} as const satisfies Record<string, RunTone>;

type State = keyof typeof TONES;

/** How a run state is coloured. */
export function runTone(state: State): RunTone {
  return TONES[state];
}

const OVER: ReadonlySet<State> = new Set<State>(["finished", "stopped", "crashed", "failed"]);

/** Whether a run has ended, well or not: nothing more is to be waited for. */
export function runIsOver(state: State): boolean {
  return OVER.has(state);
}
