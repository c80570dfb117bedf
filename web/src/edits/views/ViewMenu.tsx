import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../../ui/CopyButton";
import { Dropdown } from "../../ui/Dropdown";
import { BookmarkIcon, DownIcon } from "../../ui/icons";
import type { ViewedPage } from "./content";
import { useViews, type Views } from "./use-views";
import { Conflict, OpenView } from "./OpenView";
import { SaveForm } from "./SaveForm";
import { ViewList } from "./ViewList";
import styles from "./Views.module.css";

function Label({ views }: { views: Views }) {
  const { t } = useTranslation("edits");
  const { open, changed } = views;
  if (!open) return <span className={styles.openName}>{t("views.button")}</span>;
  return (
    <>
      <span className={styles.openName} title={open.name}>
        {open.name}
      </span>
      {changed ? (
        <span className={styles.changed} title={t("views.changedHint", { name: open.name })} data-testid="view-changed">
          {t("views.changed")}
        </span>
      ) : null}
    </>
  );
}

function Menu({ views, close }: { views: Views; close: () => void }) {
  const { t } = useTranslation("edits");
  const menu = useRef<HTMLDivElement>(null);
  const stay = () => menu.current?.focus(); // the button that had the focus goes with its line
  return (
    <div ref={menu} tabIndex={-1} className={styles.menu} data-testid="views">
      <div className={styles.head}>
        <h2 className={styles.title}>{t("views.open")}</h2>
        <span className={styles.copy}>
          {t("views.copyLink")}
          <CopyButton text={window.location.href} label={t("views.copyLink")} doneLabel={t("views.copied")} />
        </span>
      </div>
      {views.conflict ? <Conflict views={views} conflict={views.conflict} close={close} /> : <OpenView views={views} close={close} />}
      <ViewList views={views} close={close} stay={stay} />
      {views.canSave ? <SaveForm views={views} close={close} /> : null}
    </div>
  );
}

/** Saved views of a page: opens, saves, renames and deletes them, and tells whether the open one was changed. */
export function ViewMenu({ page }: { page: ViewedPage }) {
  const { t } = useTranslation("edits");
  const views = useViews(page);
  const [opened, setOpened] = useState(false);
  function toggle(): void {
    if (!opened) views.refresh();
    setOpened(!opened);
  }
  return (
    <Dropdown
      opened={opened}
      onChange={setOpened}
      label={t("views.open")}
      position="bottom-start"
      offset={4}
      shadow="none"
      className={styles.dropdown}
      renderTarget={(props) => (
        <button {...props} type="button" className={styles.button} data-testid="open-views" aria-label={views.open ? undefined : t("views.open")} onClick={toggle}>
          <BookmarkIcon />
          <Label views={views} />
          <DownIcon />
        </button>
      )}
    >
      <Menu views={views} close={() => setOpened(false)} />
    </Dropdown>
  );
}
