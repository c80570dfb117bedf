import { useTranslation } from "react-i18next";
import { useCommands, type Command } from "../../../lib/commands";

const NO_COMMANDS: readonly Command[] = [];
const HINTS = [
  { keys: "↑ ↓", what: "move" },
  { keys: "Enter", what: "open" },
  { keys: "X", what: "choose" },
  { keys: "Shift ↑ ↓", what: "range" },
  { keys: "Ctrl A", what: "all" },
  { keys: "Esc", what: "none" },
  { keys: "S", what: "star" },
  { keys: "C", what: "control" },
  { keys: "← →", what: "fold" },
] as const;

/** Tells the keyboard help which keys the table takes. */
export function useKeyHints(): void {
  const { t } = useTranslation("finding");
  useCommands(
    NO_COMMANDS,
    HINTS.map(({ keys, what }) => ({ keys, title: t(`keys.${what}`) })),
  );
}
