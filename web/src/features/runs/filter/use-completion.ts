import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type SyntheticEvent } from "react";
import { useListbox } from "../../../ui/use-listbox";
import { completedWith, narrowed, type Completion } from "./completion";
import { completionsQuery } from "./queries";
import type { Filter } from "./use-filter";

const ASK_MS = 90;
const NOTHING: readonly Completion[] = [];

/** The caret goes where a completion ended, once the text is in the field. */
function useCaret() {
  const field = useRef<HTMLInputElement>(null);
  const goal = useRef<number | null>(null);
  const [caret, setCaret] = useState(0);
  useLayoutEffect(() => {
    if (goal.current === null) return;
    field.current?.setSelectionRange(goal.current, goal.current);
    field.current?.scrollTo({ left: field.current.scrollWidth });
    goal.current = null;
  });
  function moveTo(place: number): void {
    goal.current = place;
    setCaret(place);
  }
  const follow = (event: SyntheticEvent<HTMLInputElement>) => setCaret(event.currentTarget.selectionStart ?? 0);
  return { field, caret, moveTo, follow };
}

/** What may come next where the caret stands. It shows once somebody types or asks for it by an arrow. */
export function useCompletion(filter: Filter, project: string | undefined) {
  const { field, caret, moveTo, follow } = useCaret();
  const [wanted, setWanted] = useState(false);
  const { text } = filter;
  const here = useMemo(() => ({ text, caret }), [text, caret]);
  const [asked] = useDebouncedValue(here, ASK_MS);
  const { data } = useQuery({ ...completionsQuery(project, asked.text, asked.caret), enabled: wanted });
  const found = wanted && data ? narrowed(data, text, caret) : null;
  const items = found?.items ?? NOTHING;
  const open = items.length > 0;
  const list = useListbox({ count: items.length, open, initial: "none", onChoose: choose });

  function choose(index: number): void {
    const item = items[index];
    if (!item || !found) return;
    const next = completedWith(found, item);
    filter.edit(next.text);
    moveTo(next.caret);
    setWanted(item.kind !== "value");
    list.reset();
  }
  function close(): void {
    setWanted(false);
    list.reset();
  }
  /** Tab completes only a word that was begun: it has to lead out of the field, too. */
  function completesByTab(event: KeyboardEvent): boolean {
    const begun = found !== null && caret > found.from;
    return event.key === "Tab" && !event.shiftKey && open && (list.active >= 0 || begun);
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing || list.onKey(event)) return;
    if (completesByTab(event)) {
      event.preventDefault();
      choose(Math.max(0, list.active));
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      setWanted(true);
    } else if (event.key === "Enter") {
      close();
      void filter.apply(text);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (open) close();
      else filter.reset();
    }
  }
  return { field, items, open, list, follow, close, onKeyDown, show: () => setWanted(true) };
}
