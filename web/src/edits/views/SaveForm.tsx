import { Button } from "@mantine/core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Views } from "./use-views";
import styles from "./Views.module.css";

const MOST_CHARS = 200;

/** Saves what is shown under a name. */
export function SaveForm({ views, close }: { views: Views; close: () => void }) {
  const { t } = useTranslation("edits");
  const id = useId();
  const [name, setName] = useState("");
  const trimmed = name.trim();
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (trimmed === "") return;
        views.saveAs(trimmed);
        setName("");
        close();
      }}
    >
      <label htmlFor={id} className={styles.formLabel}>
        {t("views.saveAs")}
      </label>
      <div className={styles.formLine}>
        <input
          id={id}
          className={styles.input}
          data-testid="view-name"
          data-autofocus
          placeholder={t("views.name")}
          maxLength={MOST_CHARS}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" size="xs" variant="default" disabled={trimmed === ""} data-testid="save-view">
          {t("views.save")}
        </Button>
      </div>
    </form>
  );
}
