import { clamp } from "../../lib/numbers";
import type { Span } from "../../lib/columns";

export const SHORTEST_S = 5;
export const LONGEST_S = 600;
export const USUAL_S = 30;

/** What the address of a board holds beside its id: what a reader looks at, which is not saved with the board. */
export interface BoardSearch {
  /** Seconds a page of the wall screen. */
  readonly wall?: number;
  /** The other boards that the wall screen goes through. */
  readonly also?: readonly string[];
  /** Whether the board is being changed. */
  readonly edit?: true;
  readonly from?: number;
  readonly to?: number;
  readonly hidden?: readonly string[];
}

const MOST_BOARDS = 20;
const MOST_HIDDEN = 50;

const finite = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

function textsOf(value: unknown, most: number): readonly string[] {
  const listed: unknown[] = Array.isArray(value) ? value : [value];
  const texts = listed.flatMap((one) => ((typeof one === "string" && one !== "") || typeof one === "number" ? String(one) : []));
  return [...new Set(texts)].slice(0, most);
}

/** Keeps what is understood; anything else in the address falls back to the default. */
export function parseBoardSearch(raw: Record<string, unknown>): BoardSearch {
  const wall = raw.wall === true || raw.wall === "" ? USUAL_S : finite(raw.wall);
  const [from, to] = [finite(raw.from), finite(raw.to)];
  const [also, hidden] = [textsOf(raw.also, MOST_BOARDS), textsOf(raw.hidden, MOST_HIDDEN)];
  return {
    ...(wall === undefined ? {} : { wall: clamp(Math.round(wall), SHORTEST_S, LONGEST_S) }),
    ...(also.length > 0 ? { also } : {}),
    ...(raw.edit === true ? { edit: true } : {}),
    ...(from !== undefined && to !== undefined && from < to ? { from, to } : {}),
    ...(hidden.length > 0 ? { hidden } : {}),
  };
}

export function windowOf({ from, to }: BoardSearch): Span | null {
  return from === undefined || to === undefined ? null : [from, to];
}
