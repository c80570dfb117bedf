import { useId, useState, type KeyboardEvent } from "react";

interface ListboxAsk {
  readonly count: number;
  readonly open: boolean;
  /** Which option is active before an arrow was pressed: none where what was typed stands for itself. */
  readonly initial: "none" | "first";
  readonly onChoose: (index: number) => void;
}

/** The option an arrow leads to, around the ends; -1 is none. */
export function stepped(active: number, count: number, by: 1 | -1): number {
  if (count === 0) return -1;
  if (active < 0) return by === 1 ? 0 : count - 1;
  return (active + by + count) % count;
}

const STEPS: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, ArrowUp: -1 };

/** An input with a list of options below it, as ARIA has it: the focus stays in the input, arrows move the active option. */
export function useListbox({ count, open, initial, onChoose }: ListboxAsk) {
  const id = useId();
  const first = initial === "first" ? 0 : -1;
  const [moved, setMoved] = useState(first);
  const active = open ? Math.min(moved, count - 1) : -1;
  const optionId = (index: number) => `${id}-${index}`;

  /** True if the key was one of the list's. */
  function onKey(event: KeyboardEvent): boolean {
    if (!open || count === 0 || event.nativeEvent.isComposing) return false;
    const step = STEPS[event.key];
    if (step) setMoved(stepped(active, count, step));
    else if (event.key === "Enter" && active >= 0) onChoose(active);
    else return false;
    event.preventDefault();
    return true;
  }

  return {
    active,
    reset: () => setMoved(first),
    onKey,
    inputProps: {
      role: "combobox",
      "aria-expanded": open,
      "aria-autocomplete": "list",
      "aria-controls": open ? id : undefined,
      "aria-activedescendant": active >= 0 ? optionId(active) : undefined,
    } as const,
    listProps: { id, role: "listbox" } as const,
    optionProps: (index: number) =>
      ({
        id: optionId(index),
        role: "option",
        "aria-selected": index === active,
        onPointerMove: () => setMoved(index),
        onPointerDown: (event: { preventDefault: () => void }) => event.preventDefault(), // the focus stays in the input
        onClick: () => onChoose(index),
      }) as const,
  };
}
