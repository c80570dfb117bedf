import type { RunDetail } from "../../api/client";

type Fields = Readonly<Record<string, unknown>>;
type Plain = string | number | boolean;

/** One setting that is in effect, and what was asked for where that is something else. */
export interface Setting {
  readonly key: string;
  readonly value: Plain;
  readonly asked: Plain | null;
}

const NAMES = {
  model: ["model", "arch", "weights", "backbone"],
  data: ["data", "dataset", "data_name"],
  imgsz: ["imgsz", "img_size", "image_size", "input_size", "size"],
  batch: ["batch", "batch_size"],
  optimizer: ["optimizer", "optim"],
  lr: ["lr", "lr0", "learning_rate"],
} as const;
export type MainKey = keyof typeof NAMES;
export const MAIN_KEYS = ["model", "data", "imgsz", "batch", "optimizer", "lr"] as const satisfies readonly MainKey[];

/** What differs for reasons that say nothing of the training. */
const NOISE: ReadonlySet<string> = new Set(["save_dir", "project", "name", "task", "mode", "exist_ok", "device", "epochs", "resume", "cfg", "classes"]);
const FILE = /\.(?:pt|pth|yaml|yml|onnx|torchscript)$/i;

const WITHHELD = /^<(?:path|text)>$/;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "string" ? value !== "" && !WITHHELD.test(value) : typeof value === "number" || typeof value === "boolean";
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** The last part of a path, which is all that leaves a training's machine, without what a file's kind says. */
const baseName = (text: string) => (text.split(/[\\/]/).at(-1) ?? text).replace(FILE, "");

function plainOf(fields: Fields, key: MainKey): Plain | null {
  const isFile = key === "model" || key === "data";
  const known = NAMES[key].map((name) => fields[name]).map((value) => (isFile && typeof value === "string" ? baseName(value) : value));
  return known.find(isPlain) ?? null;
}

/** The rate of the weights as the optimiser was given it: of its groups, those of biases and norms may differ. */
function groupRate({ groups }: Fields): number | null {
  const all: unknown[] = Array.isArray(groups) ? groups : [];
  const weights = all.filter(isFields).find(({ role }, _, { length }) => role === "weight" || length === 1);
  return typeof weights?.lr === "number" ? weights.lr : null;
}

const same = (one: Plain, other: Plain) =>
  typeof one === "string" && typeof other === "string" ? one.toLowerCase() === other.toLowerCase() : one === other;

function mainSetting(key: MainKey, { config, settings }: Pick<RunDetail, "config" | "settings">): (Setting & { readonly key: MainKey }) | null {
  const asked = plainOf(config, key);
  const inEffect = (key === "lr" ? groupRate(settings) : null) ?? plainOf(settings, key);
  const value = inEffect ?? asked;
  if (value === null) return null;
  return { key, value, asked: inEffect !== null && asked !== null && !same(asked, inEffect) ? asked : null };
}

/** What a run was trained with, in the order in which people ask for it. */
export function mainSettings(run: Pick<RunDetail, "config" | "settings">): (Setting & { readonly key: MainKey })[] {
  return MAIN_KEYS.flatMap((key) => mainSetting(key, run) ?? []);
}

/** Other arguments that are not what is in effect, such as `amp` that was switched off on a CPU. */
export function otherDifferences({ config, settings }: Pick<RunDetail, "config" | "settings">): Setting[] {
  const main = new Set<string>(MAIN_KEYS.flatMap((key) => [...NAMES[key]]));
  return Object.entries(config).flatMap(([key, asked]) => {
    const value = settings[key];
    if (main.has(key) || NOISE.has(key) || !isPlain(asked) || !isPlain(value) || same(asked, value)) return [];
    return [{ key, value, asked }];
  });
}
