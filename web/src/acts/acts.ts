import type { Command, RunDetail, Wish } from "../api/client";
import { numberFromWire } from "../lib/numbers";
import type { How, Verb } from "./can";

/** A random id, also where the page has no secure connection. */
function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function wishFor(verb: Verb, args: Wish["args"] = {}, id = freshId()): Wish {
  return { id, verb, args };
}

export function wishToEnd(how: How, id?: string): Wish {
  return how === "release" ? wishFor("pause", { release: true }, id) : wishFor("stop", { how }, id);
}

export const isOpen = ({ state }: Pick<Command, "state">): boolean => state === "sent" || state === "accepted";

/** Seconds from the question to its outcome; null while there is none. */
export function tookS({ created, settled }: Pick<Command, "created" | "settled">): number | null {
  return settled === null ? null : Math.max(0, (Date.parse(settled) - Date.parse(created)) / 1000);
}

/** Acts with one that the server just answered, each once, newest first. */
export function withAct(acts: readonly Command[], act: Command): Command[] {
  return acts.some(({ id }) => id === act.id) ? acts.map((one) => (one.id === act.id ? act : one)) : [act, ...acts];
}

/** When this page saw acts settled, by its own clock: that of the server may differ. */
export type Noticed = ReadonlyMap<string, number>;

/** What was settled before the page looked for the first time is old. The same object if nothing is new. */
export function noticed(before: Noticed | null, acts: readonly Command[], nowMs: number): Noticed {
  const fresh = acts.filter((act) => !isOpen(act) && !before?.has(act.id));
  if (before && fresh.length === 0) return before;
  return new Map([...(before ?? []), ...fresh.map(({ id }): [string, number] => [id, before ? nowMs : -Infinity])]);
}

const RECENT_MS = 20_000;
const SHOWN = 3;

/** The acts to tell beside the buttons: those on their way, and what was settled just now. */
export function recentActs(acts: readonly Command[], seen: Noticed, nowMs: number): Command[] {
  return acts.filter((act) => isOpen(act) || nowMs - (seen.get(act.id) ?? nowMs) < RECENT_MS).slice(0, SHOWN);
}

/** Whether two wishes are for the same. */
export function isSame(one: Wish, other: Wish): boolean {
  return one.verb === other.verb && (one.cause ?? "") === (other.cause ?? "") && JSON.stringify(one.args) === JSON.stringify(other.args);
}

/** One value that a command changed. */
export interface Change {
  readonly name: string;
  readonly from: number | null;
  readonly to: number;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const numberIn = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

export function changesIn(result: Command["result"]): Change[] {
  return Object.entries(result ?? {}).flatMap(([name, change]) => {
    const to = isFields(change) ? numberIn(change.to) : null;
    return to === null || !isFields(change) ? [] : [{ name, from: numberIn(change.from), to }];
  });
}

/** The acts of the newest attempt: what was done to an older one went with its process. */
export function ofNewestAttempt(acts: readonly Command[], attempts: readonly { readonly started: string }[]): Command[] {
  const began = Math.max(...attempts.map(({ started }) => Date.parse(started)), -Infinity);
  return acts.filter(({ applied_at: at }) => at === null || Date.parse(at.time) >= began);
}

/** What the newest act that was applied made of a setting; null if none did. */
export function madeOf(acts: readonly Command[], name: string): number | null {
  for (const act of acts) {
    if (act.state !== "applied") continue;
    const found = changesIn(act.result).find((change) => change.name === name);
    if (found) return found.to;
  }
  return null;
}

function groupDecay(settings: Fields): number | null {
  const groups: unknown[] = Array.isArray(settings.groups) ? settings.groups : [];
  const decays = groups.filter(isFields).map(({ weight_decay: decay }) => numberIn(decay));
  return decays.find((decay) => decay !== null && decay > 0) ?? null;
}

function rateOf(series: RunDetail["series"]): number | null {
  const rates = series.filter(({ family, name }) => family === "lr" && !name.startsWith("final/"));
  const last = numberFromWire((rates.find(({ name }) => name === "lr/weight") ?? rates[0])?.last);
  return numberIn(last);
}

/** What a setting is at the moment, as far as it is known. */
export function valueNow(run: Pick<RunDetail, "settings" | "config" | "epochs" | "series">, acts: readonly Command[], name: string): number | null {
  if (name === "lr") return rateOf(run.series) ?? madeOf(acts, name);
  if (name === "epochs") return run.epochs;
  const told = name === "weight_decay" ? groupDecay(run.settings) : null;
  return madeOf(acts, name) ?? told ?? numberIn(run.settings[name]) ?? numberIn(run.config[name]);
}
