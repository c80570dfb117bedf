import type { Command, RunDetail } from "../api/client";
import { runIsOver } from "../ui/run-tone";
import { isGain } from "./form";

export type Verb = Command["verb"];
export const HOWS = ["evaluate", "resumable", "release", "kill"] as const;
/** The ways to end a training; `release` is a pause that keeps a checkpoint, ends the process and so frees the card. */
export type How = (typeof HOWS)[number];

/** What a training said it can do, and why not the rest. */
export interface Abilities {
  readonly verbs: readonly string[];
  readonly settings: readonly string[];
  readonly cannot: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const textsIn = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : []);

/** Null for a training that said nothing of commands. */
export function abilitiesFrom(settings: Fields): Abilities | null {
  const { control } = settings;
  if (!isFields(control)) return null;
  const cannot = isFields(control.cannot) ? Object.entries(control.cannot).filter((entry): entry is [string, string] => typeof entry[1] === "string") : [];
  return { verbs: textsIn(control.verbs), settings: textsIn(control.settings), cannot: Object.fromEntries(cannot) };
}

/** Why a training cannot do what a word names, as `validate`, `stop.resumable`, `set.lr`; null if it can. */
export function excuseFor({ verbs, settings, cannot }: Abilities, word: string): string | null {
  if (word === "stop.kill") return null; // its sidecar does that, whatever the training can
  const [verb = "", rest = ""] = word.split(".");
  if (!verbs.includes(verb)) return cannot[verb] ?? "framework_cannot";
  const excuse = cannot[word];
  if (excuse !== undefined) return excuse;
  return verb === "set" && rest !== "" && !settings.includes(rest) ? "framework_cannot" : null;
}

const WORDS: Record<How, string> = { evaluate: "stop.evaluate", resumable: "stop.resumable", release: "pause.release", kill: "stop.kill" };

export const excuseForEnd = (abilities: Abilities, how: How): string | null => excuseFor(abilities, WORDS[how]);

/** These wait for as long as a training is paused. */
const WAITING: ReadonlySet<Verb> = new Set<Verb>(["validate", "close_mosaic", "rollback"]);

/** Why a verb cannot be asked for as the run stands; null if it can. */
export function excuseNow(abilities: Abilities, verb: Verb, { state, acts }: { state: RunDetail["state"]; acts: readonly Command[] }): string | null {
  const excuse = excuseFor(abilities, verb);
  if (excuse !== null) return excuse;
  if (verb === "close_mosaic" && acts.some((act) => act.verb === verb && act.state === "applied")) return "mosaic_closed";
  return state === "paused" && WAITING.has(verb) ? "paused" : null;
}

/** How a run stands towards commands: ready for them, over, or with nothing that would take them. */
export type Standing = "ready" | "over" | "noSidecar" | "untold";

const PLAIN_LOG = "POST /log"; // the framework of runs that have no sidecar

export function standingOf({ state, framework, settings }: Pick<RunDetail, "state" | "framework" | "settings">): Standing {
  if (runIsOver(state)) return "over";
  if (framework === PLAIN_LOG) return "noSidecar";
  return abilitiesFrom(settings) === null ? "untold" : "ready";
}

/** Settings that people look for and cannot have, by the reason. Where some loss gains are offered, the others belong to other tasks. */
export function refusedSettings({ cannot, settings }: Abilities): [reason: string, names: string[]][] {
  const byReason = new Map<string, string[]>();
  for (const [word, reason] of Object.entries(cannot)) {
    const name = word.slice("set.".length);
    if (!word.startsWith("set.") || name === "lr_factor" || (isGain(name) && settings.some(isGain))) continue;
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  }
  return [...byReason];
}
