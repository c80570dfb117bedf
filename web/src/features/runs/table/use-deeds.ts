import type { KeyboardEvent } from "react";
import type { RunSummary } from "../../../api/client";
import { actionOf, type Action } from "./keys";
import type { useActive } from "./use-active";
import { useChoice, type Choice } from "./use-choice";
import { runOf, type Lines } from "./use-lines";
import { usePointer, type Act } from "./use-pointer";
import type { useWindow } from "./use-window";
import { useKeyHints } from "./use-key-hints";

/** What the list does for its table. */
export interface Deeds {
  readonly open: (run: RunSummary, place: "here" | "tab") => void;
  readonly star: (run: RunSummary) => void;
  /** Shows what the run can be asked for. */
  readonly control: (run: RunSummary) => void;
  readonly fold: (group: string) => void;
  readonly chooseAll: () => void;
  /** A finger rested on a card: from now on taps choose. */
  readonly chooseFrom: () => void;
}

/** Menus of the head are elsewhere in the page, but what happens in them reaches the table too. */
function isOfRows({ target, currentTarget }: KeyboardEvent): boolean {
  return target instanceof Element && currentTarget.contains(target) && target.closest("[data-head]") === null;
}

interface DeedsAsk {
  readonly lines: Lines;
  readonly choice: Choice;
  readonly deeds: Deeds;
  readonly place: ReturnType<typeof useActive>;
  readonly view: Pick<ReturnType<typeof useWindow>, "page" | "scrollTo">;
  readonly narrow: boolean;
  readonly choosing: boolean;
}

type What = Act | Action["do"];

/** Whether a group is to be opened or closed by what was done to its head. */
function folds(what: What, folded: boolean): boolean {
  if (what === "fold") return !folded;
  return what === "unfold" ? folded : what === "open";
}

function useAct({ lines, deeds }: DeedsAsk, choosing: ReturnType<typeof useChoice>): (what: What, index: number) => void {
  return (what, index) => {
    const line = lines.at(index);
    const run = runOf(line);
    if (what === "all") deeds.chooseAll();
    else if (what === "none") choosing.none();
    else if (what === "select") choosing.choose(index);
    else if (what === "range") choosing.range(index);
    else if (run && (what === "star" || what === "control")) deeds[what](run);
    else if (run && (what === "open" || what === "tab")) deeds.open(run, what === "tab" ? "tab" : "here");
    else if (line?.kind === "group" && folds(what, line.group.folded)) deeds.fold(line.group.key);
  };
}

/** What keys and clicks do to the rows. */
export function useDeeds(ask: DeedsAsk) {
  const { lines, choice, deeds, place, view, narrow } = ask;
  const choosing = useChoice(lines, choice);
  useKeyHints();
  const act = useAct(ask, choosing);

  function move(to: number, extend: boolean): void {
    if (extend) {
      if (choice.chosen.size === 0) choosing.begin(Math.max(0, place.active));
      choosing.range(to);
    }
    place.mark(to);
    view.scrollTo(to);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!isOfRows(event)) return;
    const action = actionOf(event, { active: place.active, count: lines.count, page: view.page() });
    if (!action) return;
    event.preventDefault();
    if (action.do === "move") move(action.to, action.extend);
    else act(action.do, place.active);
  }

  const pointer = usePointer({
    choosing: narrow && ask.choosing,
    onAct(what, index) {
      if (index >= 0) place.mark(index);
      act(what, index);
    },
    onHold: narrow
      ? (index) => {
          deeds.chooseFrom();
          choosing.choose(index);
        }
      : null,
  });
  return { onKeyDown, ...pointer };
}
