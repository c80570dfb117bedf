import { lazy, Suspense, useLayoutEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { commandFor, useCommandRegistry, useCommands } from "../../lib/commands";
import { SearchIcon } from "../../ui/icons";
import styles from "./CommandBar.module.css";
import { useOwnCommands } from "./use-own-commands";

const Palette = lazy(() => import("./Palette"));
const KeyboardHelp = lazy(() => import("./KeyboardHelp"));

type Shown = "palette" | "help" | null;

const isMac = () => /Mac|iPhone|iPad/.test(navigator.platform);
const FIELDS = "input, textarea, select, [contenteditable], dialog, [role=dialog], [role=menu], [role=slider]";

const isTaken = (event: KeyboardEvent) =>
  event.defaultPrevented || event.isComposing || (event.target instanceof Element && event.target.closest(FIELDS) !== null);

/** Ctrl or Cmd with K opens the palette wherever one is; a single key does its command while no field has the focus. */
function useKeys(togglePalette: () => void): void {
  const registry = useCommandRegistry();
  useLayoutEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      const isOpener = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
      const command = isOpener || isTaken(event) ? null : commandFor(registry.now().commands, event);
      if (!isOpener && !command) return;
      event.preventDefault();
      if (command) command.run();
      else togglePalette();
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [registry, togglePalette]);
}

/** The way to everything by its name: a button that looks like a field, and the keys. */
export function CommandBar() {
  const { t } = useTranslation("commands");
  const [shown, setShown] = useState<Shown>(null);
  const [toggle] = useState(() => () => setShown((now) => (now === null ? "palette" : null)));
  const close = () => setShown(null);
  const keys = isMac() ? "⌘ K" : "Ctrl K";
  useKeys(toggle);
  useCommands([...useOwnCommands(), { id: "help", title: t("help.title"), keys: "?", run: () => setShown("help") }], [{ keys, title: t("palette.open") }]);
  return (
    <>
      <button
        type="button"
        className={styles.button}
        data-testid="open-palette"
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
        title={`${t("palette.open")} (${keys})`}
        onClick={() => setShown("palette")}
      >
        <SearchIcon />
        <span className={styles.word}>{t("palette.button")}</span>
        <kbd className={styles.keys} aria-hidden="true">{keys}</kbd>
      </button>
      <Suspense fallback={null}>
        {shown === "palette" ? <Palette close={close} /> : null}
        {shown === "help" ? <KeyboardHelp close={close} /> : null}
      </Suspense>
    </>
  );
}
