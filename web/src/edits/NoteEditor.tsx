import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "../api/client";
import styles from "./Edits.module.css";
import { useEditRun } from "./queries";

const MOST_CHARS = 10_000;
const FEWEST_ROWS = 3;
const MOST_ROWS = 16;

const rowsFor = (text: string) => Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, text.split("\n").length + 1));

function Status({ edit, changed }: { edit: ReturnType<typeof useEditRun>; changed: boolean }) {
  const { t } = useTranslation("edits");
  const said = changed ? "note.changed" : edit.isPending ? "note.saving" : edit.isSuccess ? "note.saved" : null;
  return (
    <span className={styles.status} role="status">
      {said ? t(said) : ""}
    </span>
  );
}

/** What is left to do when the field goes without having been left. */
function useAtLast(work: (() => void) | null): void {
  const last = useRef(work);
  useEffect(() => {
    last.current = work;
  });
  useEffect(() => () => last.current?.(), []);
}

/** A note about a run in plain words. It is saved when the field is left. */
export function NoteEditor({ run }: { run: Pick<RunSummary, "id" | "note"> }) {
  const { t } = useTranslation("edits");
  const id = useId();
  const edit = useEditRun();
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? run.note;
  const changed = typed !== null && typed !== run.note;
  function save(): void {
    if (!changed) return setTyped(null);
    edit.mutate({ run: run.id, change: { note: typed } }, { onSuccess: () => setTyped((now) => (now === typed ? null : now)) });
  }
  useAtLast(changed ? save : null);
  return (
    <div className={styles.note}>
      <div className={styles.noteHead}>
        <label htmlFor={id}>{t("note.label")}</label>
        <Status edit={edit} changed={changed && !edit.isPending} />
      </div>
      <textarea
        id={id}
        className={styles.noteText}
        data-testid="note"
        placeholder={t("note.placeholder")}
        maxLength={MOST_CHARS}
        rows={rowsFor(text)}
        value={text}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
        }}
      />
    </div>
  );
}
