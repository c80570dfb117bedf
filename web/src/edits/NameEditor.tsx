import { ActionIcon } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "../api/client";
import { PencilIcon } from "../ui/icons";
import { InlineField, useFocusBack } from "../ui/InlineField";
import styles from "./Edits.module.css";
import { useEditRun } from "./queries";

const MOST_CHARS = 200;

interface NameEditorProps {
  readonly run: Pick<RunSummary, "id" | "name">;
  /** The name as it is shown while nobody changes it. */
  readonly children: ReactNode;
}

/** A run's name with a pencil behind it. Enter or leaving the field saves, Escape keeps the old name. */
export function NameEditor({ run, children }: NameEditorProps) {
  const { t } = useTranslation("edits");
  const edit = useEditRun();
  const [renaming, setRenaming] = useState(false);
  const [pencil, comeBack] = useFocusBack();
  if (!renaming) {
    return (
      <>
        {children}
        <ActionIcon
          ref={pencil}
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={t("rename")}
          title={t("rename")}
          data-testid="rename"
          onClick={() => setRenaming(true)}
        >
          <PencilIcon />
        </ActionIcon>
      </>
    );
  }
  return (
    <InlineField
      value={run.name}
      label={t("name")}
      maxLength={MOST_CHARS}
      className={styles.name}
      onDone={(name, by) => {
        comeBack(by);
        setRenaming(false);
        if (name !== null) edit.mutate({ run: run.id, change: { name } });
      }}
    />
  );
}
