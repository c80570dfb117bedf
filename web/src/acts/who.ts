import type { T } from "./words";

/** What the server writes for itself before the name of one of its measures. */
const BY_MEASURE = "measure ";
const MEASURES = ["stop_broken", "stop_saturated", "roll_back_diverged"] as const;

/** The measure that a name stands for; null for a person, a token or the command line. */
export function measureOf(who: string): string | null {
  return who.startsWith(BY_MEASURE) ? who.slice(BY_MEASURE.length) : null;
}

/** Who asked: a measure is told as the autopilot with what it does, one that is newer than this page by its own name. */
export function whoWords(who: string, t: T): string {
  const measure = measureOf(who);
  if (measure === null) return who;
  const known = MEASURES.find((one) => one === measure);
  return t("autopilot.by", { title: known ? t(`autopilot.${known}`) : measure });
}

/** A mark on the curves of what nobody pressed says so. */
export const markedBy = (who: string, label: string, t: T): string => (measureOf(who) === null ? label : t("autopilot.by", { title: label }));
