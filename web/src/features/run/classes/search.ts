/** The parts of the tab, in the order in which they stand. */
export const PARTS = ["ap", "curves", "confusion", "errors", "labels", "losses"] as const;
export type Part = (typeof PARTS)[number];

export const MEASURES = ["AP", "AP50", "precision", "recall", "F1"] as const;
export type Measure = (typeof MEASURES)[number];

export const ORDERS = ["worst", "fallen", "instances", "name"] as const;
export type Order = (typeof ORDERS)[number];

export const CURVE_KINDS = ["precision_recall", "F1", "precision", "recall"] as const;
export type CurveKind = (typeof CURVE_KINDS)[number];

export const SUFFIXES = ["mask", "pose"] as const;
export type Suffix = (typeof SUFFIXES)[number];

export const SHARES = ["true", "predicted"] as const;
export type Share = (typeof SHARES)[number];

/** A place of a confusion matrix by its classes; -1 is background. */
export interface Cell {
  readonly predicted: number;
  readonly true: number;
}

/** What the address holds of this tab; absent means the default, and an absent epoch the newest. */
export interface ClassesSearch {
  readonly part?: Part;
  readonly measure?: Measure;
  readonly order?: Order;
  readonly epoch?: number;
  /** The class in the side panel, by the name its series have. */
  readonly name?: string;
  readonly curve?: CurveKind;
  readonly suffix?: Suffix;
  /** Classes drawn strong among the curves. */
  readonly strong?: readonly number[];
  readonly against?: number;
  readonly other?: string;
  /** The total that counts of the matrix are shares of. */
  readonly share?: Share;
  readonly cell?: Cell;
  readonly stacked?: false;
}

const STRONG_MOST = 20;
const TEXT_MOST = 250;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const isWhole = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value);
const epochOf = (value: unknown) => (typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined);
// The router reads a text of digits as a number, and a class may be called by one.
const textOf = (value: unknown) => (typeof value === "string" || isWhole(value) ? String(value).slice(0, TEXT_MOST) || undefined : undefined);

function cellOf(value: unknown): Cell | undefined {
  if (!isFields(value)) return undefined;
  const { predicted, true: actual } = value;
  return isWhole(predicted) && isWhole(actual) && predicted >= -1 && actual >= -1 ? { predicted, true: actual } : undefined;
}

function strongOf(value: unknown): readonly number[] | undefined {
  const listed: unknown[] = Array.isArray(value) ? value : [];
  const found = [...new Set(listed.filter(isWhole))].filter((number) => number >= 0).slice(0, STRONG_MOST);
  return found.length > 0 ? found : undefined;
}

const defined = (search: ClassesSearch): ClassesSearch =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));

/** Keeps what is understood of this tab's part of the address; nothing where nothing of it is. */
export function parseClassesSearch(raw: unknown): ClassesSearch | undefined {
  if (!isFields(raw)) return undefined;
  const search = defined({
    part: PARTS.find((one) => one === raw.part),
    measure: MEASURES.find((one) => one === raw.measure),
    order: ORDERS.find((one) => one === raw.order),
    epoch: epochOf(raw.epoch),
    name: textOf(raw.name),
    curve: CURVE_KINDS.find((one) => one === raw.curve),
    suffix: SUFFIXES.find((one) => one === raw.suffix),
    strong: strongOf(raw.strong),
    against: epochOf(raw.against),
    other: textOf(raw.other),
    share: SHARES.find((one) => one === raw.share),
    cell: cellOf(raw.cell),
    stacked: raw.stacked === false ? raw.stacked : undefined,
  });
  return Object.keys(search).length > 0 ? search : undefined;
}

/** The address after a change; what is undefined is taken out. */
export function changed(now: ClassesSearch | undefined, change: ClassesSearch): ClassesSearch | undefined {
  const next = defined({ ...now, ...change });
  return Object.keys(next).length > 0 ? next : undefined;
}
