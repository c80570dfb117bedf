import { useState } from "react";
import { keyOf, type Lines } from "./use-lines";

interface Marked {
  readonly index: number;
  readonly key: string;
}

/** Where the marked row is now: live rows move, and the mark goes with its row. */
function placeNow({ index, key }: Marked, lines: Lines): number {
  const line = lines.at(index);
  if (line && keyOf(line) === key) return index;
  for (let at = 0; at < lines.count; at++) {
    const other = lines.at(at);
    if (other && keyOf(other) === key) return at;
  }
  return Math.min(index, lines.count - 1);
}

/** The row that the keyboard acts on; -1 before there is one. */
export function useActive(lines: Lines) {
  const [marked, setMarked] = useState<Marked | null>(null);
  const active = marked ? placeNow(marked, lines) : -1;
  const mark = (index: number) => {
    const line = lines.at(index);
    setMarked({ index, key: line ? keyOf(line) : "" });
  };
  return { active, mark };
}
