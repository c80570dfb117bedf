import type { Ends } from "../charts/extent";
import type { Against, ChartLook } from "../charts/scene";
import type { Smoother } from "../charts/smooth";
import { X_AXES, type Span, type XAxis } from "../lib/columns";
import { clamp } from "../lib/numbers";

/** What runs along x: one of the axes that every point has, or `~` and the name of a series. */
export type XChoice = XAxis | `~${string}`;

/** In what a chart differs from its page; what is not said is as the page has it. */
export interface ChartSettings {
  readonly scale?: "linear" | "log";
  readonly smoother?: Smoother;
  /** 0 for off. */
  readonly smoothing?: number;
  readonly clip?: boolean;
  readonly x?: XChoice;
  readonly y?: Ends;
  /** Where it is zoomed to along an x axis of its own. */
  readonly window?: Span | null;
}

export const MOST_SMOOTHING = 0.99;

export function xChoiceOf(value: unknown): XChoice | undefined {
  if (typeof value !== "string") return undefined;
  if (value.startsWith("~") && value.length > 1) return `~${value.slice(1)}`;
  return X_AXES.find((axis) => axis === value);
}

export const overOf = (choice: XChoice | undefined): string | null => (choice?.startsWith("~") ? choice.slice(1) : null);

const number = (text: string): number | null => {
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? null : value;
};

function endsOf(text: string): Ends | undefined {
  const [low = "", high = ""] = text.split(":");
  const ends: Ends = [number(low), number(high)];
  const isAxis = ends[0] === null || ends[1] === null ? ends[0] !== ends[1] : ends[0] < ends[1];
  return isAxis ? ends : undefined;
}

function spanOf(text: string): Span | undefined {
  const [from, to] = endsOf(text) ?? [null, null];
  return from === null || to === null ? undefined : [from, to];
}

function smoothingOf(text: string): Pick<ChartSettings, "smoother" | "smoothing"> {
  const weight = clamp(number(text.slice(1)) ?? 0, 0, MOST_SMOOTHING);
  return { smoother: text.startsWith("m") ? "median" : "ema", smoothing: weight };
}

/** The part of an address that says how one chart differs, as "log,m0.9,clip,y0:5,w10:20,x~metrics/mAP50"; what is not understood is left out. */
export function parseSettings(text: string): ChartSettings {
  const along = /(?:^|,)x(.+)$/.exec(text); // last, because a name may hold a comma
  const x = xChoiceOf(along?.[1]);
  const parts = (along ? text.slice(0, along.index) : text).split(",");
  const settings = parts.map((part): ChartSettings => {
    if (part === "log" || part === "linear") return { scale: part };
    if (part === "clip" || part === "whole") return { clip: part === "clip" };
    if (/^[em]\d/.test(part)) return smoothingOf(part);
    const y = part.startsWith("y") ? endsOf(part.slice(1)) : undefined;
    const window = part.startsWith("w") ? spanOf(part.slice(1)) : undefined;
    return { ...(y ? { y } : {}), ...(window ? { window } : {}) };
  });
  return Object.assign({}, ...settings, x ? { x } : {});
}

export function settingsText({ scale, smoother, smoothing, clip, x, y, window }: ChartSettings): string {
  const parts = [
    scale,
    smoothing === undefined ? undefined : `${smoother === "median" ? "m" : "e"}${smoothing}`,
    clip === undefined ? undefined : clip ? "clip" : "whole",
    y ? `y${y[0] ?? ""}:${y[1] ?? ""}` : undefined,
    window ? `w${window[0]}:${window[1]}` : undefined,
    x ? `x${x}` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(",");
}

/** Four digits of a range chosen by hand: enough for any pixel, and short in the address. */
export function roundedEnds([low, high]: readonly [number, number]): Ends {
  const grain = 10 ** (Math.floor(Math.log10(high - low)) - 3);
  const round = (value: number) => Number((Math.round(value / grain) * grain).toPrecision(12));
  return [round(low), round(high)];
}

/** Leaves out what says the same as the page. */
export function ownSettings(settings: ChartSettings, page: ChartLook): ChartSettings {
  const { scale, smoother, smoothing, clip, x, y, window } = settings;
  const pageX = page.against ? `~${page.against.name}` : page.axis;
  const smooths = smoothing !== undefined && (smoothing !== page.smoothing || (smoothing > 0 && smoother !== (page.smoother ?? "ema")));
  return {
    ...(scale !== undefined && (scale === "log") !== page.log ? { scale } : {}),
    ...(smooths ? { smoothing, smoother: smoother ?? "ema" } : {}),
    ...(clip !== undefined && clip !== (page.clip ?? false) ? { clip } : {}),
    ...(x !== undefined && x !== pageX ? { x, ...(window ? { window } : {}) } : {}),
    ...(y && (y[0] !== null || y[1] !== null) ? { y } : {}),
  };
}

/** The look of a chart: the page's, with its own settings over it. */
export function lookWith(page: ChartLook, settings: ChartSettings, axisOf: (name: string) => Against): ChartLook {
  const { scale, smoother, smoothing, clip, x, y } = settings;
  if (Object.keys(settings).length === 0) return page;
  const over = overOf(x);
  return {
    ...page,
    ...(scale ? { log: scale === "log" } : {}),
    ...(smoothing === undefined ? {} : { smoothing, smoother: smoother ?? "ema" }),
    ...(clip === undefined ? {} : { clip }),
    ...(y ? { yRange: y } : {}),
    ...(over === null ? {} : { axis: "step" as const, against: axisOf(over), attempts: [], stages: [] }),
    ...(x !== undefined && over === null ? { axis: X_AXES.find((axis) => axis === x) ?? page.axis, against: null, attempts: [], stages: [] } : {}),
  };
}
