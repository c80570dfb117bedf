/** What a person typed for a rate: a value, or by how much it changes. */
export interface Rate {
  readonly kind: "value" | "factor";
  readonly number: number;
}

/** Why what was typed cannot be sent. */
export interface Fault {
  readonly kind: "number" | "whole" | "range" | "past";
  readonly least: number;
  readonly most: number;
}

export interface Limits {
  readonly least: number;
  readonly most: number;
  readonly whole?: true;
  /** Whether the least itself is too little. */
  readonly above?: true;
}

const RATE: Limits = { least: 0, most: 10, above: true };
const FACTOR: Limits = { least: 1e-6, most: 1e3 };
const GAIN: Limits = { least: 0, most: 1_000 };

const LIMITS: Readonly<Record<string, Limits>> = {
  lr: RATE,
  weight_decay: { least: 0, most: 1 },
  epochs: { least: 1, most: 100_000, whole: true },
  patience: { least: 1, most: 100_000, whole: true },
  close_mosaic: { least: 0, most: 100_000, whole: true },
};

export const limitsOf = (name: string): Limits => LIMITS[name] ?? GAIN;

/** The settings of the form, in their order; loss gains follow. */
export const MAIN_SETTINGS = ["lr", "epochs", "patience", "weight_decay", "close_mosaic"] as const;
export const GAINS = ["box", "cls", "dfl", "obj", "pose", "kobj", "rle", "angle"] as const;

export const isGain = (name: string): boolean => GAINS.some((gain) => gain === name);

/** Those of the form that a training takes. A rate can be set by its value or its factor. */
export function settingsOffered(settings: readonly string[]): string[] {
  const taken = (name: string) => settings.includes(name) || (name === "lr" && settings.includes("lr_factor"));
  return [...MAIN_SETTINGS, ...GAINS].filter(taken);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number as people type it, also in the full-width digits of a Chinese keyboard. */
function numberFrom(typed: string): number | null {
  const text = typed.normalize("NFKC").trim();
  return NUMBER.test(text) ? Number(text) : null;
}

/** A rate as "0.003" or "3e-3", or as "×0.3", "x 0.3", "*0.3". */
export function rateFrom(text: string): Rate | null {
  const [, times, rest = ""] = /^([×x*]?)(.*)$/i.exec(text.normalize("NFKC").trim()) ?? [];
  const number = numberFrom(rest.trim());
  return number === null ? null : { kind: times ? "factor" : "value", number };
}

/** The rate that results; null where that of now is not known. */
export function rateAfter({ kind, number }: Rate, now: number | null): number | null {
  if (kind === "value") return number;
  return now === null ? null : Number((now * number).toPrecision(6));
}

function faultIn(number: number | null, { least, most, whole, above }: Limits): Fault | null {
  if (number === null) return { kind: "number", least, most };
  if (whole && !Number.isInteger(number)) return { kind: "whole", least, most };
  return number > most || number < least || (above && number === least) ? { kind: "range", least, most } : null;
}

interface Known {
  /** The rate of now. */
  readonly lr: number | null;
  /** Epochs that are complete: no training can be made shorter than it is. */
  readonly done: number;
  readonly settings: readonly string[];
}

type Read = { readonly arg: readonly [string, number] } | { readonly fault: Fault };

function rateRead(text: string, { lr, settings }: Known): Read {
  const rate = rateFrom(text);
  if (rate === null) return { fault: { kind: "number", ...RATE } };
  const isFactor = rate.kind === "factor";
  const after = rateAfter(rate, lr);
  const fault = faultIn(rate.number, isFactor ? FACTOR : RATE) ?? (after === null ? null : faultIn(after, RATE));
  if (fault) return { fault };
  if (isFactor && (settings.includes("lr_factor") || after === null)) return { arg: ["lr_factor", rate.number] };
  return !isFactor && !settings.includes("lr") && lr !== null && lr > 0 ? { arg: ["lr_factor", rate.number / lr] } : { arg: ["lr", after ?? rate.number] };
}

function read(name: string, text: string, known: Known): Read {
  if (name === "lr") return rateRead(text, known);
  const number = numberFrom(text.trim());
  const limits = limitsOf(name);
  const fault = faultIn(number, limits);
  if (fault) return { fault };
  if (name === "epochs" && number !== null && number <= known.done) return { fault: { kind: "past", least: known.done + 1, most: limits.most } };
  return { arg: [name, number ?? 0] };
}

export interface Wanted {
  /** What to send; empty if nothing was typed. */
  readonly args: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, Fault>>;
}

/** What was typed, by setting; an empty field stays as it is. */
export function wantedFrom(typed: Readonly<Record<string, string>>, known: Known): Wanted {
  const args: Record<string, number> = {};
  const faults: Record<string, Fault> = {};
  for (const [name, text] of Object.entries(typed)) {
    if (text.trim() === "") continue;
    const found = read(name, text, known);
    if ("fault" in found) faults[name] = found.fault;
    else args[found.arg[0]] = found.arg[1];
  }
  return { args, faults };
}
