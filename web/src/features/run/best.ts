import type { RunDetail, SeriesInfo } from "../../api/client";
import { numberFromWire } from "../../lib/numbers";

const FITNESS = "metrics/fitness";
const MAIN = /^metrics\/(mAP50-95|mAP50)(_mask|_pose)?$/;

const byName = (a: SeriesInfo, b: SeriesInfo) => a.name.length - b.name.length || a.name.localeCompare(b.name);

function rankOf({ name, family, direction }: SeriesInfo): number {
  if (name.startsWith("final/")) return -1;
  if (MAIN.test(name)) return name.includes("50-95") ? 0 : 1;
  if (family === "metric" && direction === "higher" && name !== FITNESS) return 2;
  if (family === "metric" && direction === "higher") return 3;
  if (family === "loss" && direction === "lower") return name.startsWith("val/") ? 4 : 5;
  return -1;
}

/** The series that says how good a run is: mAP, else any metric that should be high, else a loss, that of the validation first. Null for a run without any. */
export function mainSeries(series: readonly SeriesInfo[]): SeriesInfo | null {
  const known = series.filter((info) => rankOf(info) >= 0);
  return known.toSorted((a, b) => rankOf(a) - rankOf(b) || byName(a, b))[0] ?? null;
}

export interface Best {
  readonly epoch: number;
  readonly value: number | null;
  /** What the value is of. */
  readonly of: SeriesInfo;
  /** What decided that this epoch is the best. */
  readonly by: "training" | "series";
}

const epochOf = ({ best_epoch: epoch }: SeriesInfo) => (epoch === null ? null : Math.round(epoch));

/** The best epoch and what makes it so: as the training itself says, else by the run's main series. */
export function bestOf({ best_epoch: said, series }: Pick<RunDetail, "best_epoch" | "series">): Best | null {
  const main = mainSeries(series);
  if (!main) return null;
  const own = epochOf(main);
  if (said === null) return own === null ? null : { epoch: own, value: numberFromWire(main.best), of: main, by: "series" };
  const fitness = series.find(({ name }) => name === FITNESS);
  const agreeing = [main, ...(fitness ? [fitness] : [])].find((info) => epochOf(info) === said);
  return { epoch: said, value: agreeing ? numberFromWire(agreeing.best) : null, of: agreeing ?? fitness ?? main, by: "training" };
}
