import { clamp } from "../../lib/numbers";
import { X_AXES } from "../../lib/columns";
import { ownFrom, type OwnSettings } from "../../panels/own";
import { MOST_SMOOTHING, xChoiceOf, type XChoice } from "../../panels/settings";
import type { FlagChoice } from "./diagnosis/flags";

/** How all charts are drawn, and in what single ones differ: short, because it stands in the address. */
export interface ChartSearch {
  readonly x?: XChoice;
  readonly scale?: "log";
  readonly smooth?: number;
  readonly by?: "median";
  readonly clip?: true;
  /** Which findings are marked, if not the problems alone. */
  readonly flags?: Exclude<FlagChoice, "problems">;
  /** What charts are searched for. */
  readonly find?: string;
  /** The chart that has the whole page. */
  readonly chart?: string;
  readonly own?: OwnSettings;
  /** The lines that are switched off, by chart. */
  readonly off?: Readonly<Record<string, readonly string[]>>;
}

const LONGEST_FIND = 200; // characters

/** An address reads a text of digits as a number. */
const textOf = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");

function offOf(value: unknown): Record<string, readonly string[]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const entries = Object.entries(value).flatMap(([key, listed]): [string, readonly string[]][] => {
    const lines = Array.isArray(listed) ? listed.filter((one) => typeof one === "string") : [];
    return lines.length > 0 ? [[key, lines]] : [];
  });
  return Object.fromEntries(entries);
}

export function parseChartSearch(raw: Record<string, unknown>): ChartSearch {
  const x = xChoiceOf(raw.x);
  const smooth = typeof raw.smooth === "number" && Number.isFinite(raw.smooth) ? clamp(raw.smooth, 0, MOST_SMOOTHING) : 0;
  const [find, chart] = [textOf(raw.find).slice(0, LONGEST_FIND), textOf(raw.chart)];
  const own = ownFrom(raw.own);
  const off = offOf(raw.off);
  return {
    ...(x && x !== X_AXES[0] ? { x } : {}),
    ...(raw.scale === "log" ? { scale: raw.scale } : {}),
    ...(smooth > 0 ? { smooth } : {}),
    ...(raw.by === "median" ? { by: raw.by } : {}),
    ...(raw.flags === "none" || raw.flags === "all" ? { flags: raw.flags } : {}),
    ...(raw.clip === true ? { clip: raw.clip } : {}),
    ...(find.trim() === "" ? {} : { find }),
    ...(chart === "" ? {} : { chart }),
    ...(own ? { own } : {}),
    ...(Object.keys(off).length > 0 ? { off } : {}),
  };
}

/** The lines that are switched off after those of one chart changed; none is nothing in the address. */
export function offWith({ off = {} }: ChartSearch, chart: string, lines: readonly string[]): ChartSearch["off"] {
  const { [chart]: _, ...others } = off;
  const next = lines.length === 0 ? others : { ...others, [chart]: lines };
  return Object.keys(next).length > 0 ? next : undefined;
}
