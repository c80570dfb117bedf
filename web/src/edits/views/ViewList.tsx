import { useState, type ReactNode, type RefCallback } from "react";
import { useTranslation } from "react-i18next";
import type { SavedView } from "../../api/client";
import { PencilIcon, TrashIcon } from "../../ui/icons";
import { InlineField, useFocusBack } from "../../ui/InlineField";
import { Notice } from "../../ui/Notice";
import type { Views } from "./use-views";
import styles from "./Views.module.css";

const MOST_CHARS = 200;

interface ToolProps {
  readonly label: string;
  readonly run: () => void;
  readonly shown?: RefCallback<HTMLButtonElement>;
  readonly children: ReactNode;
}

function Tool({ label, run, shown, children }: ToolProps) {
  return (
    <button ref={shown} type="button" className={styles.tool} aria-label={label} title={label} onClick={run}>
      {children}
    </button>
  );
}

interface LineProps {
  readonly view: SavedView;
  readonly views: Views;
  readonly close: () => void;
  readonly stay: () => void;
  readonly isFirst: boolean;
}

function Line({ view, views, close, stay, isFirst }: LineProps) {
  const { t } = useTranslation("edits");
  const [renaming, setRenaming] = useState(false);
  const [pencil, comeBack] = useFocusBack();
  const { name } = view;
  const show = () => {
    views.show(view);
    close();
  };
  const remove = () => {
    stay();
    views.remove(view);
  };
  const renamed = (next: string | null, by: "keyboard" | "leaving") => {
    comeBack(by);
    setRenaming(false);
    if (next !== null) views.rename(view, next);
  };
  if (renaming) {
    return (
      <li className={styles.line}>
        <InlineField value={name} label={t("views.name")} maxLength={MOST_CHARS} className={styles.input} onDone={renamed} />
      </li>
    );
  }
  return (
    <li className={styles.line} data-testid="view">
      <button type="button" className={styles.name} title={name} aria-current={views.open?.id === view.id} data-autofocus={isFirst || undefined} onClick={show}>
        <span className={styles.nameText}>{name}</span>
        <span className={styles.project}>{view.project ?? t("views.all")}</span>
      </button>
      <Tool label={t("views.rename", { name })} run={() => setRenaming(true)} shown={pencil}>
        <PencilIcon />
      </Tool>
      <Tool label={t("views.remove", { name })} run={remove}>
        <TrashIcon />
      </Tool>
    </li>
  );
}

/** The saved views, each opened by its name. */
export function ViewList({ views, close, stay }: Pick<LineProps, "views" | "close" | "stay">) {
  const { t } = useTranslation("edits");
  if (views.error) return <Notice title={t("views.error")} action={{ label: t("views.retry"), run: views.refresh }} />;
  if (views.offered.length === 0) return views.isLoading ? null : <p className={styles.said}>{t(`views.none.${views.kind}`)}</p>;
  return (
    <ul className={styles.list}>
      {views.offered.map((view, index) => (
        <Line key={view.id} view={view} views={views} close={close} stay={stay} isFirst={index === 0} />
      ))}
    </ul>
  );
}
