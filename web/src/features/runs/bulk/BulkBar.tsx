import { Popover } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useState, type MouseEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { askable, turnFor, type ForMany } from "../../../acts/many";
import type { RunSummary } from "../../../api/client";
import { TagEditor } from "../../../edits/TagEditor";
import { bringAllTexts } from "../../../i18n";
import { ArchiveIcon, CloseIcon, CompareIcon, PauseIcon, PlayIcon, StarIcon, StarredIcon, StopIcon, TagIcon, TrashIcon } from "../../../ui/icons";
import styles from "./BulkBar.module.css";
import type { RunActions } from "./use-run-actions";

const ManySheet = lazy(() => Promise.all([import("../../../acts/ManySheet"), bringAllTexts()]).then(([sheet]) => sheet));

interface BulkBarProps {
  readonly runs: readonly RunSummary[];
  readonly project: string | undefined;
  readonly actions: RunActions;
  readonly clear: () => void;
}

const COMPARED_MOST = 100; // what an address can hold of ids

export function compareLink(runs: readonly { readonly id: string }[]): string {
  return `/compare?run=${encodeURIComponent(JSON.stringify(runs.slice(0, COMPARED_MOST).map(({ id }) => id)))}`;
}

function Compare({ runs }: Pick<BulkBarProps, "runs">) {
  const { t } = useTranslation("runs");
  const { history } = useRouter();
  const go = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.push(compareLink(runs));
  };
  return (
    <a className={styles.action} data-main="true" href={compareLink(runs)} title={t("bulk.compare")} onClick={go}>
      <CompareIcon />
      <span className={styles.word}>{t("bulk.compare")}</span>
    </a>
  );
}

function Action({ icon, label, onClick }: { icon: ReactNode; label: string; onClick: () => void }) {
  return (
    <button type="button" className={styles.action} title={label} onClick={onClick}>
      {icon}
      <span className={styles.word}>{label}</span>
    </button>
  );
}

function Tagging({ runs, project }: Pick<BulkBarProps, "runs" | "project">) {
  const { t } = useTranslation("runs");
  return (
    <Popover position="top" width={300} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <button type="button" className={styles.action} title={t("bulk.tag")}>
          <TagIcon />
          <span className={styles.word}>{t("bulk.tag")}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <TagEditor runs={runs} project={project} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** Pauses, resumes or stops those that go on, after one question that names them. */
function Acting({ runs }: Pick<BulkBarProps, "runs">) {
  const { t } = useTranslation("runs");
  const [asked, setAsked] = useState<ForMany | null>(null);
  const turn = turnFor(runs);
  return (
    <>
      {turn ? <Action icon={turn === "pause" ? <PauseIcon /> : <PlayIcon />} label={t(`bulk.${turn}`)} onClick={() => setAsked(turn)} /> : null}
      {askable(runs, "stop").length > 0 ? <Action icon={<StopIcon />} label={t("bulk.stop")} onClick={() => setAsked("stop")} /> : null}
      {asked ? (
        <Suspense>
          <ManySheet runs={runs} verb={asked} close={() => setAsked(null)} />
        </Suspense>
      ) : null}
    </>
  );
}

/** What can be done to the chosen runs together. */
export default function BulkBar({ runs, project, actions, clear }: BulkBarProps) {
  const { t } = useTranslation("runs");
  const allStarred = runs.every((run) => run.starred);
  const allArchived = runs.every((run) => run.archived);
  return (
    <div className={styles.bar} role="toolbar" aria-label={t("bulk.label")} data-testid="bulk-bar">
      <span className={styles.count} role="status">
        {t("bulk.count", { count: runs.length })}
      </span>
      <Compare runs={runs} />
      <Acting runs={runs} />
      <Tagging runs={runs} project={project} />
      <Action icon={allStarred ? <StarredIcon /> : <StarIcon />} label={t(allStarred ? "bulk.unstar" : "bulk.star")} onClick={() => actions.starAll(runs, !allStarred)} />
      <Action
        icon={<ArchiveIcon />}
        label={t(allArchived ? "bulk.unarchive" : "bulk.archive")}
        onClick={() => {
          actions.archive(runs, !allArchived);
          clear();
        }}
      />
      <Action
        icon={<TrashIcon />}
        label={t("bulk.delete")}
        onClick={() => {
          actions.remove(runs);
          clear();
        }}
      />
      <button type="button" className={styles.close} aria-label={t("bulk.clear")} title={t("bulk.clear")} onClick={clear}>
        <CloseIcon />
      </button>
    </div>
  );
}
