import { clamp } from "../../../lib/numbers";

/** What a key does in the table. */
export type Action =
  | { readonly do: "move"; readonly to: number; readonly extend: boolean }
  | { readonly do: "select" | "open" | "star" | "control" | "all" | "none" | "fold" | "unfold" };

interface Pressed {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

interface Place {
  readonly active: number;
  readonly count: number;
  readonly page: number;
}

const PLAIN: Readonly<Record<string, Exclude<Action["do"], "move">>> = {
  " ": "select",
  x: "select",
  Enter: "open",
  s: "star",
  c: "control",
  Escape: "none",
  ArrowLeft: "fold",
  ArrowRight: "unfold",
};

function targetOf(key: string, { active, count, page }: Place): number | null {
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: count - 1,
  };
  const target = targets[key];
  return target === undefined ? null : clamp(target, 0, Math.max(0, count - 1));
}

/** What was asked for by a key; null for keys that are not the table's. */
export function actionOf(pressed: Pressed, place: Place): Action | null {
  if (pressed.altKey) return null;
  const command = pressed.ctrlKey || pressed.metaKey;
  if (command) return pressed.key === "a" ? { do: "all" } : null;
  const to = targetOf(pressed.key, place);
  if (to !== null) return { do: "move", to, extend: pressed.shiftKey };
  const plain = PLAIN[pressed.key];
  return plain ? { do: plain } : null;
}
