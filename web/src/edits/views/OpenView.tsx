import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../i18n/use-language";
import { formatRelative } from "../../lib/format";
import { useNow } from "../../ui/use-now";
import type { Views } from "./use-views";
import styles from "./Views.module.css";

const CLOCK_MS = 20_000;

/** What was pressed goes with what it did, and the focus back to the button that opened the menu. */
function after(close: () => void, work: () => void): () => void {
  return () => {
    work();
    close();
  };
}

/** What can be done with the open view once what is shown differs from it. */
export function OpenView({ views, close }: { views: Views; close: () => void }) {
  const { t } = useTranslation("edits");
  const { open, changed, isGone, canSave } = views;
  if (isGone) return <p className={styles.said}>{t("views.gone")}</p>;
  if (!open || !changed) return null;
  return (
    <div className={styles.actions}>
      {canSave ? (
        <Button size="compact-sm" onClick={() => void views.overwrite(open).then((done) => done && close())} data-testid="overwrite-view">
          {t("views.overwrite")}
        </Button>
      ) : null}
      <Button size="compact-sm" variant="default" onClick={after(close, () => views.show(open))}>
        {t("views.reset")}
      </Button>
    </div>
  );
}

/** Somebody changed the view meanwhile: theirs or mine. */
export function Conflict({ views, conflict, close }: { views: Views; conflict: NonNullable<Views["conflict"]>; close: () => void }) {
  const { t } = useTranslation("edits");
  const language = useLanguage();
  const now = useNow(CLOCK_MS);
  const { name, updated } = conflict.view;
  return (
    <div className={styles.conflict} role="alert">
      <p className={styles.said}>{t("views.conflict", { name, when: formatRelative(Date.parse(updated), now, language) })}</p>
      <div className={styles.actions}>
        <Button size="compact-sm" variant="default" onClick={after(close, () => views.takeTheirs(conflict.view))}>
          {t("views.reload")}
        </Button>
        <Button size="compact-sm" variant="default" onClick={after(close, () => views.force(conflict))}>
          {t("views.force")}
        </Button>
      </div>
    </div>
  );
}
