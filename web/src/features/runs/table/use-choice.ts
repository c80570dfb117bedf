import { useRef } from "react";
import type { Group } from "../groups/groups";
import { NOTHING, toggle, withRange, type Selection } from "./selection";
import { runOf, type Lines } from "./use-lines";

export interface Choice {
  readonly chosen: Selection;
  readonly set: (chosen: Selection) => void;
}

export function stateOfGroup(group: Group, chosen: Selection): boolean | "mixed" {
  const count = group.runs.filter((run) => chosen.has(run.id)).length;
  if (count === 0) return false;
  return count === group.runs.length ? true : "mixed";
}

/** Choosing rows one by one, in ranges and by groups. */
export function useChoice(lines: Lines, { chosen, set }: Choice) {
  const anchor = useRef(0);
  const range = (to: number) => {
    const ids = Array.from({ length: lines.count }, (_, at) => runOf(lines.at(at))?.id ?? null);
    set(withRange(chosen, ids, anchor.current, to));
  };
  const group = (one: Group) => {
    const all = stateOfGroup(one, chosen) === true;
    const ids = new Set(one.runs.map((run) => run.id));
    set(all ? new Set([...chosen].filter((id) => !ids.has(id))) : new Set([...chosen, ...ids]));
  };
  return {
    range,
    /** Chooses a row, or a group's rows; from here on a range begins here. */
    choose(index: number) {
      const line = lines.at(index);
      anchor.current = index;
      if (line?.kind === "group") group(line.group);
      else if (line) set(toggle(chosen, line.run.id));
    },
    begin(index: number) {
      anchor.current = index;
    },
    none: () => set(NOTHING),
  };
}
