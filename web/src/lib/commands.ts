import { createContext, useContext, useLayoutEffect, useRef } from "react";

/** Something the page in view can do, for the command palette and the keyboard. */
export interface Command {
  /** Stays the same over visits: recent commands are remembered by it. */
  readonly id: string;
  readonly title: string;
  /** The key that does it while no field has the focus: one character as `event.key` gives it. */
  readonly keys?: string;
  readonly run: () => void;
}

/** A key that a part of the page takes itself, told in the keyboard help: "↑ ↓", "Shift + Space". */
export interface KeyHint {
  readonly keys: string;
  readonly title: string;
}

interface Registered {
  readonly commands: readonly Command[];
  readonly hints: readonly KeyHint[];
}

type Source = () => Registered;

export interface CommandRegistry {
  add(source: Source): () => void;
  /** What is registered now, the newest part of the page first; it overrules an older command of the same id. */
  now(): Registered;
}

export function createCommandRegistry(): CommandRegistry {
  const sources = new Set<Source>();
  return {
    add(source) {
      sources.add(source);
      return () => sources.delete(source);
    },
    now() {
      const all = [...sources].toReversed().map((source) => source());
      const commands = new Map<string, Command>();
      for (const command of all.flatMap((one) => one.commands)) if (!commands.has(command.id)) commands.set(command.id, command);
      return { commands: [...commands.values()], hints: all.flatMap(({ hints }) => hints) };
    },
  };
}

const Registry = createContext(createCommandRegistry());

export function useCommandRegistry(): CommandRegistry {
  return useContext(Registry);
}

const NO_HINTS: readonly KeyHint[] = [];

/** Offers commands, and tells keys, for as long as the component is there. They are read when somebody asks, so they may change with each render. */
export function useCommands(commands: readonly Command[], hints: readonly KeyHint[] = NO_HINTS): void {
  const registry = useCommandRegistry();
  const latest = useRef<Registered>({ commands, hints });
  useLayoutEffect(() => {
    latest.current = { commands, hints };
  }); // before the component is seen: whoever sees a field may press its key
  useLayoutEffect(() => registry.add(() => latest.current), [registry]);
}

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The command of a pressed key, if it is one of a single character. */
export function commandFor(commands: readonly Command[], pressed: Pressed): Command | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  return commands.find(({ keys }) => keys === pressed.key) ?? null;
}
