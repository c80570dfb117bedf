import type { CardRow, RunDetail, SeriesInfo } from "../../api/client";
import { isIntended, isOfItems, lossesOf, rowsLost } from "../../lib/lost";
import { secondsSince } from "../../machines/derive";
import { runIsOver } from "../../ui/run-tone";
import type { TabId } from "./tab-ids";

export type ConcernId = "crashed" | "nan" | "gpuIdle" | "stalled" | "unreachable" | "lost" | "dataWait" | "patience";
export type ConcernTone = "bad" | "warn" | "info";

/** A fact about a run that somebody should know of now. */
export interface Concern {
  readonly id: ConcernId;
  readonly tone: ConcernTone;
  /** Where on the run's page more of it stands. */
  readonly tab: TabId | null;
  readonly numbers: Readonly<Record<string, number>>;
  readonly texts: Readonly<Record<string, string>>;
}

/** What is known of a run beside itself. */
export interface Surroundings {
  readonly cards: readonly CardRow[];
  /** Share of the time that the training waits for data; null while not known. */
  readonly waiting: number | null;
  readonly nowMs: number;
}

const MUCH_WAITING = 0.3; // from here on faster loading is what helps most
const LITTLE_PATIENCE = 0.15;

function concern(id: ConcernId, tone: ConcernTone, more: Partial<Omit<Concern, "id" | "tone">> = {}): Concern {
  return { id, tone, tab: null, numbers: {}, texts: {}, ...more };
}

const isNan = ({ family, nan_count: count }: SeriesInfo) => family === "loss" && count > 0;

function nans({ series }: RunDetail): Concern[] {
  const found = series.filter(isNan).toSorted((a, b) => b.nan_count - a.nan_count);
  const [worst] = found;
  if (!worst) return [];
  const nowNan = found.some(({ last }) => last === "NaN");
  return [concern("nan", nowNan ? "bad" : "warn", { tab: "charts", numbers: { count: worst.nan_count, others: found.length - 1 }, texts: { name: worst.name } })];
}

function missing({ lost }: RunDetail): Concern[] {
  const losses = lossesOf(lost).filter((one) => !isOfItems([one]) && !isIntended([one]));
  return losses.length > 0 ? [concern("lost", "warn", { numbers: { count: rowsLost(losses) } })] : [];
}

function idleCards({ cards, nowMs }: Surroundings): Concern[] {
  const held = cards.filter(({ state }) => state === "reserved");
  const [first] = held;
  if (!first) return [];
  return [concern("gpuIdle", "warn", { tab: "system", numbers: { index: first.index, seconds: secondsSince(first.since, nowMs), others: held.length - 1 } })];
}

/** How many epochs without improvement end the training, as it was set. */
export function patienceOf({ settings, config }: Pick<RunDetail, "settings" | "config">): number | null {
  const found = [settings.patience, config.patience].find((value) => typeof value === "number");
  return typeof found === "number" && found > 0 ? found : null;
}

function patience(run: RunDetail): Concern[] {
  const all = patienceOf(run);
  const left = run.patience_left;
  if (left === null || all === null || left > Math.ceil(all * LITTLE_PATIENCE) || left >= all) return [];
  const rest = run.epochs === null ? Infinity : run.epochs - run.epoch;
  return left < rest ? [concern("patience", "info", { numbers: { count: left, all } })] : [];
}

function ofState({ state, host }: RunDetail): Concern[] {
  if (state === "crashed" || state === "failed") return [concern("crashed", "bad", { tab: "history" })];
  if (state === "stalled") return [concern("stalled", "warn", { tab: "history" })];
  return state === "unreachable" ? [concern("unreachable", "warn", { texts: { host: host ?? "" } })] : [];
}

function waits({ waiting }: Surroundings): Concern[] {
  if (waiting === null || waiting < MUCH_WAITING) return [];
  return [concern("dataWait", "info", { tab: "system", numbers: { percent: Math.round(waiting * 100) } })];
}

const ORDER: readonly ConcernTone[] = ["bad", "warn", "info"];

/** What should be known of a run now, the gravest first, beside what a diagnosis found where there was one. Only what was measured or told: nothing here is a guess. */
export function concernsOf(run: RunDetail, around: Surroundings): Concern[] {
  const live = runIsOver(run.state) ? [] : [...idleCards(around), ...patience(run)];
  const all = [...ofState(run), ...live, ...missing(run), ...(run.health === null ? [...nans(run), ...waits(around)] : [])];
  return all.toSorted((a, b) => ORDER.indexOf(a.tone) - ORDER.indexOf(b.tone));
}
