import type { RunDetail, SeriesInfo } from "../../../api/client";
import type { XAxis } from "../../../lib/columns";

export type Attempt = RunDetail["attempts"][number];

/** Where an attempt began, on the axis that it says. */
export interface Beginning {
  readonly axis: "epoch" | "step";
  readonly at: number;
}

export function beginningOf({ start_epoch: epoch, start_step: step }: Attempt): Beginning | null {
  if (epoch !== null) return { axis: "epoch", at: epoch };
  return step === null ? null : { axis: "step", at: step };
}

/** Where an attempt says that it begins on an axis, null where it does not. */
export function saidBeginning(attempt: Attempt, axis: XAxis): number | null {
  if (axis === "epoch") return attempt.start_epoch;
  if (axis === "step") return attempt.start_step;
  return axis === "time" ? Date.parse(attempt.started) / 1000 : null;
}

/** The series with the most points that training wrote: an attempt's first point is in it, if anywhere. */
export function fullestSeries(series: readonly Pick<SeriesInfo, "name" | "family" | "count">[]): string {
  const own = series.filter(({ family }) => family !== "system");
  return own.reduce((most, one) => (one.count > most.count ? one : most), { name: "", count: -1 }).name;
}

export interface Successor extends Beginning {
  readonly by: number;
}

/** The attempt that took most of this one's points: of the later ones the one that began earliest. */
export function successorOf(attempts: readonly Attempt[], { number }: Attempt): Successor | null {
  let found: Successor | null = null;
  for (const later of attempts) {
    const beginning = later.number > number ? beginningOf(later) : null;
    if (beginning && (!found || (beginning.axis === found.axis && beginning.at < found.at))) found = { ...beginning, by: later.number };
  }
  return found;
}

/** Seconds that an attempt took, up to now while it goes on. Null where its end is not known. */
export function secondsOf({ started, ended }: Attempt, isLive: boolean, nowMs: number): number | null {
  const end = ended === null ? (isLive ? nowMs : null) : Date.parse(ended);
  return end === null ? null : Math.max(0, (end - Date.parse(started)) / 1000);
}

export const STACK_REASONS = ["asked", "stalled", "ended"] as const;

export interface Stack {
  readonly timeMs: number;
  readonly by: string;
  readonly why: (typeof STACK_REASONS)[number];
  readonly lines: readonly string[];
}

/** What was seen of an attempt's process from outside. */
export interface Evidence {
  readonly stack: Stack | null;
  readonly fault: readonly string[] | null;
  readonly memoryKills: number;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const linesOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);

function stackFrom(value: unknown): Stack | null {
  if (!isFields(value) || typeof value.wall_ns !== "number") return null;
  const why = STACK_REASONS.find((one) => one === value.why) ?? "asked";
  return { timeMs: value.wall_ns / 1e6, by: typeof value.by === "string" ? value.by : "", why, lines: linesOf(value.lines) };
}

export function evidenceFrom(life: Fields): Evidence {
  const fault = isFields(life.fault) ? linesOf(life.fault.lines) : [];
  return {
    stack: stackFrom(life.stack),
    fault: fault.length > 0 ? fault : null,
    memoryKills: typeof life.oom_kills === "number" ? life.oom_kills : 0,
  };
}

export const hasEvidence = ({ stack, fault, memoryKills }: Evidence) => stack !== null || fault !== null || memoryKills > 0;
