import { X_AXES, type XAxis } from "../../lib/columns";
import { clamp } from "../../lib/numbers";
import { ownFrom, type OwnSettings } from "../../panels/own";
import { MOST_SMOOTHING } from "../../panels/settings";

export const LIMITS = [5, 10, 20, 50] as const;
export const MOST_CHARTS = 60;
export const MOST_COLUMNS = 4;

/** The runs with the best of a series come first. */
export interface Best {
  readonly metric: string;
  readonly lower: boolean;
}

/** What a board shows, as it is saved; its name and project stand beside it. */
export interface BoardState {
  readonly where: string;
  /** How many of the runs that match are drawn. */
  readonly limit: number;
  /** By what the first of them are chosen; the newest where there is none. */
  readonly best: Best | null;
  /** Names of series, or patterns with `*`: a chart for each series that matches. */
  readonly charts: readonly string[];
  readonly x: XAxis;
  readonly smoothing: number;
  readonly log: boolean;
  /** Charts side by side; as many as fit where there is no choice. */
  readonly columns: number | null;
  readonly own: OwnSettings;
}

export const NEW_BOARD: BoardState = { where: "", limit: 10, best: null, charts: [], x: "epoch", smoothing: 0, log: false, columns: null, own: {} };

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === "string" && one !== "") : []);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

function bestOf(value: unknown): Best | null {
  if (!isFields(value) || typeof value.metric !== "string" || value.metric === "") return null;
  return { metric: value.metric, lower: value.lower === true };
}

/** A saved state as far as it is understood; the rest falls back to that of a new board. */
export function stateOf(raw: Fields): BoardState {
  const { where, limit, x, smoothing, columns } = raw;
  return {
    where: typeof where === "string" ? where : NEW_BOARD.where,
    limit: isNumber(limit) ? clamp(Math.round(limit), 1, LIMITS[LIMITS.length - 1] ?? 50) : NEW_BOARD.limit,
    best: bestOf(raw.best),
    charts: [...new Set(textsOf(raw.charts))].slice(0, MOST_CHARTS),
    x: X_AXES.find((axis) => axis === x) ?? NEW_BOARD.x,
    smoothing: isNumber(smoothing) ? clamp(smoothing, 0, MOST_SMOOTHING) : 0,
    log: raw.log === true,
    columns: isNumber(columns) && columns >= 1 ? Math.min(MOST_COLUMNS, Math.round(columns)) : null,
    own: ownFrom(raw.own) ?? {},
  };
}

const VERSION = 1;

export const savedState = (state: BoardState): Record<string, unknown> => ({ version: VERSION, ...state });

const quoted = (name: string) => (/^[\w/.-]+$/.test(name) ? name : `\`${name}\``);

/** The order of runs as the API takes it. */
export const sortOf = ({ best }: Pick<BoardState, "best">): string => (best === null ? "-created" : `${best.lower ? "" : "-"}best(${quoted(best.metric)})`);

/** The charts after one of them went some places up or down. */
export function moved(charts: readonly string[], chart: string, by: number): string[] {
  const at = charts.indexOf(chart);
  const others = charts.filter((one) => one !== chart);
  if (at < 0) return others;
  others.splice(clamp(at + by, 0, others.length), 0, chart);
  return others;
}
