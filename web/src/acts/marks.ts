import type { Command } from "../api/client";
import type { StageMark } from "../charts/scene";
import type { XAxis } from "../lib/columns";
import { markedBy } from "./who";
import { markWords, type T } from "./words";

interface Place {
  readonly axis: XAxis;
  /** An epoch told on the axis; null where that is not known. */
  readonly converted: (epoch: number) => number | null;
}

function placeOf({ applied_at: at }: Command, { axis, converted }: Place): number | null {
  if (!at) return null;
  if (axis === "step" && at.step !== null) return at.step;
  if (axis === "time") return Date.parse(at.time) / 1000;
  if (at.epoch === null) return null;
  return axis === "epoch" ? at.epoch : converted(at.epoch);
}

const NOTE_MOST = 40; // characters

const shortened = (label: string): string => (label.length > NOTE_MOST ? `${[...label].slice(0, NOTE_MOST - 1).join("")}…` : label);

/** When an attempt began, and which part of the training it does again. */
interface Attempt {
  readonly started: string;
  readonly start_epoch: number | null;
  readonly start_step: number | null;
}

/** Whether an attempt that began later trained again what a command acted on. */
function isRedone({ step, epoch, time }: NonNullable<Command["applied_at"]>, { started, start_epoch: fromEpoch, start_step: fromStep }: Attempt): boolean {
  if (Date.parse(started) <= Date.parse(time)) return false;
  if (step !== null && fromStep !== null) return step >= fromStep;
  return epoch !== null && fromEpoch !== null && epoch > fromEpoch;
}

/** The acts that are part of the curves as they stand: what was done to points that a later attempt took the place of went with them, but for the way back itself. */
export function actsThatStand(acts: readonly Command[], attempts: readonly Attempt[]): Command[] {
  return acts.filter(({ verb, applied_at: at }) => verb === "rollback" || at === null || !attempts.some((attempt) => isRedone(at, attempt)));
}

/** What is written at a command's mark: what it did, for which finding, and that nobody pressed for it if so. */
function labelOf(act: Command, words: { t: T; locale: string }): string {
  const label = shortened(markedBy(act.who, markWords(act, words), words.t));
  return act.cause === "" ? label : words.t("mark.answers", { label, rule: act.cause });
}

/** What commands did, where they took effect on an axis, the first first; several in one place are one mark. */
export function actMarks(acts: readonly Command[], place: Place, words: { t: T; locale: string }): StageMark[] {
  const labels = new Map<number, string[]>();
  for (const act of acts.toReversed()) {
    const x = act.state === "applied" ? placeOf(act, place) : null;
    if (x !== null) labels.set(x, [...(labels.get(x) ?? []), labelOf(act, words)]);
  }
  return [...labels].map(([x, told]) => ({ x, label: told.join(words.t("list.and")) }));
}
