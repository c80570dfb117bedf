import { X_AXES, type Span, type XAxis } from "../../lib/columns";
import { clamp } from "../../lib/numbers";
import { ownFrom, type OwnSettings } from "../../panels/own";
import { TAB_IDS, type TabId } from "./tab-ids";

/** How finely a comparison can still be read; the colours repeat long before. */
export const MOST_RUNS = 100;

/** From where to where on an axis of the parallel view; categories count by their place. */
export type Ranges = Readonly<Record<string, Span>>;

/** Everything of a comparison that a link carries. */
export interface CompareSearch {
  readonly run?: readonly string[];
  /** The colour of each run of `run`, where it is not simply its place: after some were taken out. */
  readonly slots?: readonly number[];
  readonly project?: string;
  readonly where?: string;
  readonly hidden?: readonly string[];
  readonly baseline?: string;
  readonly tab?: TabId;
  /** What colours the lines: each run by itself when absent, else group, tag, config.… or settings.… */
  readonly by?: string;
  /** Whether runs of a colour stay lines of their own instead of a mean with its deviation. */
  readonly each?: true;
  /** Whether curves show the difference to the baseline. */
  readonly against?: true;
  readonly align?: XAxis;
  readonly scale?: "log";
  readonly smooth?: number;
  readonly from?: number;
  readonly to?: number;
  /** Which charts and rows are shown: those whose name or title holds it. */
  readonly find?: string;
  readonly open?: readonly string[];
  readonly value?: "last";
  readonly sort?: string;
  readonly ranges?: Ranges;
  readonly axes?: readonly string[];
  readonly x?: string;
  readonly y?: string;
  readonly color?: string;
  /** The project whose importance is shown, of those that the runs are of. */
  readonly of?: string;
  /** The chart that has the whole page. */
  readonly chart?: string;
  readonly own?: OwnSettings;
  /** The saved view this one began as. */
  readonly view?: string;
}

const MOST_TEXT = 4000;
const MOST_AXES = 12;

const textOf = (value: unknown): string | undefined =>
  (typeof value === "string" || typeof value === "number") && String(value) !== "" ? String(value).slice(0, MOST_TEXT) : undefined;

function textsOf(value: unknown): string[] {
  const listed: unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(listed.flatMap((one) => textOf(one) ?? []))];
}

const finite = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

function slotsOf(value: unknown, count: number): number[] | undefined {
  if (!Array.isArray(value) || value.length !== count || new Set(value).size !== count) return undefined;
  const slots = value.filter((one): one is number => Number.isInteger(one) && one >= 0);
  return slots.length === count && slots.some((slot, at) => slot !== at) ? slots : undefined;
}

function spanOf(value: unknown): Span | undefined {
  if (!Array.isArray(value)) return undefined;
  const [from, to] = [finite(value[0]), finite(value[1])];
  return from !== undefined && to !== undefined && from <= to ? [from, to] : undefined;
}

function rangesOf(value: unknown): Ranges | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const kept = Object.entries(value).flatMap(([axis, span]): [string, Span][] => {
    const found = spanOf(span);
    return found ? [[axis, found]] : [];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

type Parts = { readonly [Key in keyof CompareSearch]: CompareSearch[Key] | undefined };

function without(parts: Parts): CompareSearch {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)));
}

function viewOf(raw: Record<string, unknown>): Parts {
  const smooth = clamp(finite(raw.smooth) ?? 0, 0, 0.99);
  const window = spanOf([raw.from, raw.to]);
  return {
    tab: TAB_IDS.find((one) => one === raw.tab && one !== TAB_IDS[0]),
    align: X_AXES.find((axis) => axis === raw.align && axis !== "step"),
    scale: raw.scale === "log" ? "log" : undefined,
    smooth: smooth > 0 ? smooth : undefined,
    from: window && window[0] < window[1] ? window[0] : undefined,
    to: window && window[0] < window[1] ? window[1] : undefined,
    by: textOf(raw.by),
    each: raw.each === true ? true : undefined,
    against: raw.against === true ? true : undefined,
    value: raw.value === "last" ? "last" : undefined,
  };
}

/** Keeps what is understood; anything else in the address falls back to the default. */
export function parseCompareSearch(raw: Record<string, unknown>): CompareSearch {
  const run = textsOf(raw.run).slice(0, MOST_RUNS);
  const rest = without({
    ...viewOf(raw),
    run,
    slots: slotsOf(raw.slots, run.length),
    project: textOf(raw.project),
    where: textOf(raw.where),
    hidden: textsOf(raw.hidden),
    baseline: textOf(raw.baseline),
    find: textOf(raw.find),
    sort: textOf(raw.sort),
    ranges: rangesOf(raw.ranges),
    axes: textsOf(raw.axes).slice(0, MOST_AXES),
    x: textOf(raw.x),
    y: textOf(raw.y),
    color: textOf(raw.color),
    of: textOf(raw.of),
    chart: textOf(raw.chart),
    own: ownFrom(raw.own),
    view: textOf(raw.view),
  });
  return Array.isArray(raw.open) ? { ...rest, open: textsOf(raw.open) } : rest; // none open is a choice too
}

export function windowOf({ from, to }: CompareSearch): Span | null {
  return from === undefined || to === undefined ? null : [from, to];
}
