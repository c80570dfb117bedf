import { clamp } from "../../lib/numbers";

const SIDES = ["truth", "predictions"] as const;
const INSIDES = ["graph", "embedding"] as const;
const QUANTITIES = ["gradients", "activations"] as const;
const METHODS = ["tsne", "umap"] as const;

export type Quantity = "weights" | (typeof QUANTITIES)[number];
export type Method = "pca" | (typeof METHODS)[number];
export type Inside = "histograms" | (typeof INSIDES)[number];

/** What the address holds of the views of items: pictures, the inside of the model, files. Defaults are left out. */
export interface ItemsSearch {
  /** The group of pictures. */
  readonly group?: string;
  readonly at?: number;
  /** The name of the picture that is shown large, and the epoch of the one beside it. */
  readonly picture?: string;
  readonly beside?: number;
  readonly confidence?: number;
  readonly hidden?: readonly number[];
  readonly sides?: (typeof SIDES)[number];
  readonly colors?: "class";
  readonly heat?: number;
  readonly mask?: false;
  readonly inside?: (typeof INSIDES)[number];
  readonly quantity?: (typeof QUANTITIES)[number];
  readonly layers?: string;
  readonly form?: "heat";
  readonly counts?: "log";
  readonly range?: "same";
  readonly values?: "stretched";
  readonly method?: (typeof METHODS)[number];
  readonly solid?: true;
  readonly file?: string;
}

const MOST_CHARS = 250;
const MOST_CLASSES = 1_000;

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" && value.length <= MOST_CHARS ? value : undefined);
const finite = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
const share = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? clamp(value, 0, 1) : undefined);

/** A name that looks like a number comes out of an address as one. */
const name = (value: unknown): string | undefined => text(typeof value === "number" ? String(value) : value);

function classes(value: unknown): readonly number[] | undefined {
  const listed: unknown[] = Array.isArray(value) ? value : [];
  const found = listed.filter((one) => typeof one === "number" && Number.isInteger(one)).slice(0, MOST_CLASSES);
  const numbers = found.flatMap((one) => (typeof one === "number" ? [one] : []));
  return numbers.length > 0 ? numbers : undefined;
}

function picturesFrom(raw: Record<string, unknown>): ItemsSearch {
  return {
    group: name(raw.group),
    at: finite(raw.at),
    picture: name(raw.picture),
    beside: finite(raw.beside),
    confidence: share(raw.confidence),
    hidden: classes(raw.hidden),
    sides: SIDES.find((one) => one === raw.sides),
    colors: raw.colors === "class" ? raw.colors : undefined,
    heat: share(raw.heat),
    mask: raw.mask === false ? raw.mask : undefined,
  };
}

function insidesFrom(raw: Record<string, unknown>): ItemsSearch {
  return {
    inside: INSIDES.find((one) => one === raw.inside),
    quantity: QUANTITIES.find((one) => one === raw.quantity),
    layers: name(raw.layers),
    form: raw.form === "heat" ? raw.form : undefined,
    counts: raw.counts === "log" ? raw.counts : undefined,
    range: raw.range === "same" ? raw.range : undefined,
    values: raw.values === "stretched" ? raw.values : undefined,
    method: METHODS.find((one) => one === raw.method),
    solid: raw.solid === true ? raw.solid : undefined,
    file: name(raw.file),
  };
}

/** Keeps what is understood; anything else in the address falls back to the default. */
export function parseItemsSearch(raw: unknown): ItemsSearch | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const given: Record<string, unknown> = { ...raw };
  const found = Object.entries({ ...picturesFrom(given), ...insidesFrom(given) }).filter(([, value]) => value !== undefined);
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}
