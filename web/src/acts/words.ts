import type { TFunction } from "i18next";
import type { Command, Wish } from "../api/client";
import { formatBytes, formatNumber, formatSeconds } from "../lib/format";
import { changesIn, isOpen, tookS } from "./acts";
import { HOWS } from "./can";
import { isGain, type Fault } from "./form";
import { reasonFrom } from "./reasons";

export type T = TFunction<"acts">;

interface Words {
  readonly t: T;
  readonly locale: string;
}

const NAMED = ["lr", "lr_factor", "weight_decay", "epochs", "patience", "close_mosaic", "batch", "imgsz"] as const;
const ONLY_TO_KILL = "kill";

/** A setting as a person calls it: a loss gain by the name of the loss. */
export function settingWord(name: string, t: T): string {
  const known = NAMED.find((one) => one === name);
  if (known) return t(`set.${known}`);
  return isGain(name) ? t("set.gain", { name }) : name;
}

/** Several settings in a row; loss gains together are one thing. */
export function settingsWords(names: readonly string[], t: T): string {
  const gains = names.filter(isGain);
  const rest = names.filter((name) => gains.length < 2 || !isGain(name)).map((name) => settingWord(name, t));
  return [...rest, ...(gains.length < 2 ? [] : [t("set.more")])].join(t("list.and"));
}

/** A sentence for a reason; a word that is newer than this page stands for itself. */
export function reasonWords(reason: unknown, t: T): string {
  const known = reasonFrom(reason);
  return known ? t(`reason.${known}`) : String(reason ?? "");
}

export const factorWord = (factor: number, locale: string): string => `×${formatNumber(factor, locale)}`;

type Asked = Pick<Wish, "verb" | "args">;

/** What was asked for, in a word or two. */
export function verbWords({ verb, args }: Asked, t: T): string {
  if (verb === "pause" && args.release === true) return t("ended.release");
  const how = HOWS.find((one) => one === args.how);
  return verb === "stop" && how ? t(`ended.${how}`) : t(`verb.${verb}`);
}

/** Its arguments by the framework's names: "lr ×0.3, patience 50"; empty where the verb says all. */
export function argWords({ verb, args }: Asked, { t, locale }: Words): string {
  if (verb === "note") return typeof args.text === "string" ? args.text : "";
  if (verb !== "set" && verb !== "rollback") return "";
  const told = Object.entries(args).map(([name, value]) => {
    const number = typeof value === "number" ? value : NaN;
    return name === "lr_factor" ? `lr ${factorWord(number, locale)}` : `${name} ${formatNumber(number, locale)}`;
  });
  return told.join(t("list.and"));
}

function fileWords(result: NonNullable<Command["result"]>, verb: Command["verb"], { t, locale }: Words): string[] {
  const { file, bytes } = result;
  if (typeof file !== "string") return [];
  if (verb === "rollback") return [t("told.from", { file })];
  return [typeof bytes === "number" ? t("told.fileOf", { file, size: formatBytes(bytes, locale) }) : t("told.file", { file })];
}

const MEASURES = ["metrics/mAP50", "metrics/mAP50-95"];

function measured(result: NonNullable<Command["result"]>, locale: string): string[] {
  return MEASURES.flatMap((name) => (typeof result[name] === "number" ? [`${name.slice("metrics/".length)} ${formatNumber(result[name], locale)}`] : []));
}

/** What changed: "lr 0.01 → 0.003". */
function appliedWords({ verb, result }: Pick<Command, "verb" | "result">, words: Words): string {
  const { t, locale } = words;
  if (result === null) return "";
  const shown = (value: number) => formatNumber(value, locale);
  const changes = changesIn(result).map(({ name, from, to }) => {
    if (name === "lr_factor") return `lr ${factorWord(to, locale)}`;
    const values = { name, from: from === null ? "" : shown(from), to: shown(to) };
    return from === null ? t("told.to", values) : t("told.change", values);
  });
  const rest = [...fileWords(result, verb, words), ...measured(result, locale), ...(result.warmup === true ? [t("told.warmup")] : []), ...(result.by_itself === true ? [t("told.byItself")] : [])];
  return [...changes, ...rest].join(t("list.and"));
}

function refusedWords(result: Command["result"], t: T): string {
  const why = reasonWords(result?.reason, t);
  const detail = result?.reason === "failed" && typeof result.detail === "string" ? result.detail : "";
  return detail === "" ? why : t("told.detail", { why, detail });
}

/** What became of a command, in the reader's language; empty where its state says all. */
export function resultWords({ verb, state, result, accepted }: Pick<Command, "verb" | "state" | "result" | "accepted">, words: Words): string {
  const { t } = words;
  if (state === "applied") return appliedWords({ verb, result }, words);
  if (state === "refused") return refusedWords(result, t);
  return state === "expired" ? t(accepted === null ? "told.unheard" : "told.late") : "";
}

/** What an open command waits for. */
function waitWords({ verb, args, state }: Pick<Command, "verb" | "args" | "state">, t: T): string {
  if (state === "sent") return t("wait.sent");
  const waitsForEpoch = (verb === "stop" && args.how !== ONLY_TO_KILL) || args.release === true;
  return t(waitsForEpoch ? "wait.epoch" : "wait.accepted");
}

/** How a command stands: "applied, after 0.4 s". */
export function stateWords(act: Command, { t, locale }: Words): string {
  const state = t(`state.${act.state}`);
  const took = tookS(act);
  const more = isOpen(act) ? waitWords(act, t) : took === null || act.state === "expired" ? "" : t("took", { time: formatSeconds(Number(took.toPrecision(2)), locale) });
  return more === "" ? state : `${state} · ${more}`;
}

/** What of it is written on the curves. */
export function markWords(act: Command, words: Words): string {
  const { t } = words;
  const { verb, args } = act;
  if (verb === "note") return argWords(act, words);
  if (verb === "pause") return t(args.release === true ? "mark.release" : "mark.paused");
  if (verb === "resume") return t("mark.resumed");
  if (verb === "set") return appliedWords(act, words) || t("mark.set");
  return t(`mark.${verb}`);
}

export function faultWords({ kind, least, most }: Fault, name: string, { t, locale }: Words): string {
  const ends = { least: formatNumber(least, locale), most: formatNumber(most, locale) };
  if (name === "lr" && kind === "number") return t("fault.rate");
  return t(kind === "range" && least === 0 && name === "lr" ? "fault.above" : `fault.${kind}`, ends);
}
