import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ImportedRun } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { formatNumber } from "../../lib/format";
import { CheckIcon, CloseIcon, ImportIcon, WarningIcon } from "../../ui/icons";
import { ProgressBar } from "../../ui/ProgressBar";
import { isOver, type Upload } from "./imports";
import styles from "./ImportArea.module.css";
import type { Imports } from "./use-imports";

const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Whether files are held over the page. The browser itself would open what is dropped. */
function useDrop(onFiles: (files: readonly File[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setOver(false);
      onFiles([...(event.dataTransfer?.files ?? [])]);
    };
    const bound = new AbortController();
    const { signal } = bound;
    window.addEventListener("dragenter", drag, { signal });
    window.addEventListener("dragover", drag, { signal });
    window.addEventListener("dragleave", leave, { signal });
    window.addEventListener("drop", drop, { signal });
    return () => bound.abort();
  }, [onFiles]);
  return over;
}

function ImportedLine({ run }: { run: ImportedRun }) {
  const { t } = useTranslation("runs");
  const language = useLanguage();
  const rows = formatNumber(run.new_rows, language);
  return (
    <li>
      <Link to="/runs/$runId" params={{ runId: run.run }} className={styles.run}>
        {run.name}
      </Link>{" "}
      <span className={styles.dim}>{run.state === "known" ? t("import.known") : t("import.rows", { count: run.new_rows, rows })}</span>
    </li>
  );
}

function Progress({ upload }: { upload: Upload }) {
  const { t } = useTranslation("runs");
  if (upload.phase === "sending") return <ProgressBar share={upload.share} live label={t("import.sending", { name: upload.name })} />;
  return <span className={styles.dim}>{t(upload.phase === "storing" ? "import.storing" : "import.waiting")}</span>;
}

function Outcome({ upload }: { upload: Upload }) {
  const { t } = useTranslation("runs");
  if (upload.phase === "failed") {
    const reason = upload.fault ? t(`import.faults.${upload.fault}`) : upload.detail;
    return (
      <p className={styles.fault} role="alert">
        {reason}
      </p>
    );
  }
  if (upload.phase !== "done") return <Progress upload={upload} />;
  return (
    <ul className={styles.runs} role="status">
      {upload.runs.map((run) => (
        <ImportedLine key={run.run} run={run} />
      ))}
    </ul>
  );
}

const ICONS = { waiting: ImportIcon, sending: ImportIcon, storing: ImportIcon, done: CheckIcon, failed: WarningIcon } as const;

function UploadCard({ upload, dismiss }: { upload: Upload; dismiss: Imports["dismiss"] }) {
  const { t } = useTranslation("runs");
  const Icon = ICONS[upload.phase];
  return (
    <li className={styles.card} data-testid="import" data-phase={upload.phase}>
      <Icon />
      <div className={styles.body}>
        <div className={styles.file} title={upload.name}>
          {upload.name}
        </div>
        <Outcome upload={upload} />
      </div>
      {isOver(upload) ? (
        <button type="button" className={styles.close} aria-label={t("import.dismiss", { name: upload.name })} onClick={() => dismiss(upload.id)}>
          <CloseIcon />
        </button>
      ) : null}
    </li>
  );
}

/** Takes files that are dropped anywhere on the page, and shows how far each of them is. */
export function ImportArea({ imports }: { imports: Imports }) {
  const { t } = useTranslation("runs");
  const over = useDrop(imports.start);
  return (
    <>
      {over ? (
        <div className={styles.overlay} data-testid="drop">
          <div className={styles.target}>
            <ImportIcon />
            {t("import.drop")}
          </div>
        </div>
      ) : null}
      {imports.uploads.length > 0 ? (
        <ul className={styles.cards} aria-label={t("import.label")}>
          {imports.uploads.map((upload) => (
            <UploadCard key={upload.id} upload={upload} dismiss={imports.dismiss} />
          ))}
        </ul>
      ) : null}
    </>
  );
}
