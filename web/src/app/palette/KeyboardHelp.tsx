import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCommandRegistry } from "../../lib/commands";
import { CloseIcon } from "../../ui/icons";
import { Dialog } from "./Dialog";
import styles from "./Palette.module.css";

/** Which keys do something on the page in view. */
export default function KeyboardHelp({ close }: { close: () => void }) {
  const { t } = useTranslation("commands");
  const registry = useCommandRegistry();
  const [{ commands, hints }] = useState(() => registry.now());
  const single = commands.flatMap(({ keys, title }) => (keys ? [{ keys, title }] : []));
  return (
    <Dialog label={t("help.title")} close={close}>
      <div className={styles.help} data-testid="keyboard-help">
        <div className={styles.helpHead}>
          <h2 className={styles.helpTitle}>{t("help.title")}</h2>
          <button type="button" className={styles.close} aria-label={t("palette.close")} title={t("palette.close")} onClick={close}>
            <CloseIcon />
          </button>
        </div>
        <dl className={styles.keyList}>
          {[...hints, ...single].map(({ keys, title }) => (
            <div key={`${keys} ${title}`} className={styles.keyLine}>
              <dt>
                <kbd className={styles.keys}>{keys}</kbd>
              </dt>
              <dd>{title}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
