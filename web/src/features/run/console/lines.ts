import type { ConsoleLine } from "../../../api/client";

/** A line as it is held here: `key` is the same for a line and what later stands in its place. */
export interface HeldLine extends ConsoleLine {
  readonly key: string;
}

const LINES_MOST = 200_000; // as many as the server keeps of a run

const keyOf = ({ attempt, rank, stream, line }: ConsoleLine) => `${attempt}/${rank}/${stream}/${line}`;
const held = (page: readonly ConsoleLine[]): HeldLine[] => page.map((line) => ({ ...line, key: keyOf(line) }));

function byNumber(a: HeldLine, b: HeldLine): number {
  if (a.attempt !== b.attempt || a.rank !== b.rank) return a.attempt - b.attempt || a.rank - b.rank;
  return a.stream === b.stream ? a.line - b.line : a.stream < b.stream ? -1 : 1;
}

const isSameStream = (a: HeldLine, b: HeldLine) => a.attempt === b.attempt && a.rank === b.rank && a.stream === b.stream;

/**
 * Attempt by attempt. Lines of one stream keep the order of their numbers; between streams the places decide. A line whose
 * place moved on, as that of a progress bar, moves down, though never below one that follows it in its stream.
 */
function ordered(lines: readonly HeldLine[]): HeldLine[] {
  const placed: { readonly line: HeldLine; readonly place: number }[] = [];
  for (const line of lines.toSorted(byNumber).toReversed()) {
    const behind = placed.at(-1);
    const limit = behind && isSameStream(line, behind.line) ? behind.place : Infinity;
    placed.push({ line, place: Math.min(line.place, limit) });
  }
  const sorted = placed.toReversed().toSorted((a, b) => a.line.attempt - b.line.attempt || a.place - b.place);
  return sorted.map(({ line }) => line);
}

/** The lines with those of a page among them; of a line that is in both the newer form stays. */
export function merged(lines: readonly HeldLine[], page: readonly ConsoleLine[]): readonly HeldLine[] {
  if (page.length === 0) return lines;
  const fresh = new Map(held(page).map((line) => [line.key, line]));
  const kept = lines.filter(({ key, place }) => {
    const other = fresh.get(key);
    if (!other || other.place > place) return !other;
    fresh.delete(key); // an older page, whose line has changed since
    return true;
  });
  const last = lines.at(-1);
  const added = [...fresh.values()];
  const isTail =
    last !== undefined &&
    kept.length === lines.length &&
    added.every((line) => line.attempt === last.attempt && line.place > last.place);
  const all = [...kept, ...added];
  return (isTail ? all : ordered(all)).slice(-LINES_MOST);
}
