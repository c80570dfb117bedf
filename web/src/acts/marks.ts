import type { Command } from "../api/client";
import type { StageMark } from "../charts/scene";
import type { XAxis } from "../lib/columns";
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

/** What commands did, where they took effect on an axis, the first first; several in one place are one mark. */
export function actMarks(acts: readonly Command[], place: Place, words: { t: T; locale: string }): StageMark[] {
  const labels = new Map<number, string[]>();
  for (const act of acts.toReversed()) {
    const x = act.state === "applied" ? placeOf(act, place) : null;
    if (x !== null) labels.set(x, [...(labels.get(x) ?? []), shortened(markWords(act, words))]);
  }
  return [...labels].map(([x, told]) => ({ x, label: told.join(words.t("list.and")) }));
}
