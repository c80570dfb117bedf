import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { standingOf } from "../../acts/can";
import type { RunDetail } from "../../api/client";
import { NameEditor } from "../../edits/NameEditor";
import { NoteEditor } from "../../edits/NoteEditor";
import { StarButton } from "../../edits/StarButton";
import { TagEditor } from "../../edits/TagEditor";
import { LeftIcon, NoteIcon, TagIcon } from "../../ui/icons";
import { ProgressBar } from "../../ui/ProgressBar";
import { StateBadge } from "../../ui/StateBadge";
import { runIsOver, runTone } from "../../ui/run-tone";
import { epochText, Facts } from "./Facts";
import { HealthWord } from "./HealthWord";
import { evidenceFrom, hasEvidence } from "./history/attempts";
import { Ledger } from "./Ledger";
import { reasonFrom } from "./reasons";
import styles from "./RunHeader.module.css";
import { RunMenu } from "./RunMenu";
import { SettingsLine } from "./SettingsLine";
import { TabLink } from "./TabLink";
import { useReason } from "./use-reason";
import { withheldIn } from "./withheld";

function EndReason({ text }: { text: string }) {
  const { t } = useTranslation("run");
  const reason = useReason();
  const withheld = withheldIn(text);
  return (
    <span className={styles.reason} {...(withheld ? { title: t(`withheld.${withheld}`) } : {})}>
      {reason(text)}
    </span>
  );
}

/** Why the run is in its state, as far as anybody knows, and the way to what was seen of it. */
function Circumstances({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const silence = run.state === "stalled" || run.state === "unreachable" ? t(`silence.${run.state}`) : null;
  const saysCode = run.end_reason !== null && reasonFrom(run.end_reason)?.kind === "exitCode";
  return (
    <>
      {silence === null ? null : <span className={styles.reason}>{silence}</span>}
      {run.end_reason === null ? null : <EndReason text={run.end_reason} />}
      {run.exit_code && !saysCode ? <span className={styles.reason}>{t("exitCode", { code: run.exit_code })}</span> : null}
      {hasEvidence(evidenceFrom(run.life)) ? (
        <TabLink run={run.id} tab="history" className={styles.evidence}>
          {t("reasons.evidence")}
        </TabLink>
      ) : null}
    </>
  );
}

/** A note in its first line, and the tags; each opens to be changed. */
function Own({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const [open, setOpen] = useState<"note" | "tags" | null>(null);
  const toggle = (what: "note" | "tags") => setOpen(open === what ? null : what);
  return (
    <>
      <div className={styles.own}>
        {run.tags.length > 0 && open !== "tags" ? (
          <ul className={styles.tags} aria-label={t("tags.label")}>
            {run.tags.map((tag) => (
              <li key={tag} title={tag}>
                {tag}
              </li>
            ))}
          </ul>
        ) : null}
        <button type="button" className={styles.edit} aria-expanded={open === "tags"} onClick={() => toggle("tags")} data-testid="open-tags">
          <TagIcon />
          <span>{t(open === "tags" ? "tags.close" : run.tags.length > 0 ? "tags.change" : "tags.add")}</span>
        </button>
        <button type="button" className={styles.edit} aria-expanded={open === "note"} onClick={() => toggle("note")} title={run.note} data-testid="open-note">
          <NoteIcon />
          <span>{open === "note" ? t("note.close") : run.note === "" ? t("note.add") : run.note}</span>
        </button>
      </div>
      {open === null ? null : (
        <div className={styles.editor}>{open === "tags" ? <TagEditor runs={[run]} project={run.project} /> : <NoteEditor run={run} />}</div>
      )}
    </>
  );
}

function Headline({ run }: { run: RunDetail }) {
  const { t } = useTranslation(["run", "states"]);
  return (
    <div className={styles.headline}>
      <span className={styles.star}>
        <StarButton run={run} />
      </span>
      <NameEditor run={run}>
        <h1 className={styles.name} title={run.name}>
          {run.name}
        </h1>
      </NameEditor>
      <span className={styles.state}>
        <StateBadge label={t(`states:${run.state}`)} tone={runTone(run.state)} />
        {run.archived ? <span className={styles.reason}>{t("archived")}</span> : null}
        <Circumstances run={run} />
        <HealthWord run={run} />
      </span>
    </div>
  );
}

function Progress({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  if (run.epochs === null || run.epochs <= 0 || runIsOver(run.state)) return null;
  return <ProgressBar share={run.epoch / run.epochs} live={run.state === "running"} label={`${t("facts.epoch")} ${epochText(run)}`} />;
}

const Controls = lazy(() => import("../../acts/Controls"));
const ResumeLater = lazy(() => import("./ResumeLater"));

/** What can be asked of a training, or where one that ended early can go on; its place is held while that is on its way. */
function Control({ run }: { run: RunDetail }) {
  const standing = standingOf(run);
  if (standing === "over") {
    return run.state === "finished" ? null : (
      <Suspense>
        <ResumeLater run={run} />
      </Suspense>
    );
  }
  return (
    <Suspense fallback={<div className={standing === "ready" ? styles.control : undefined} />}>
      <Controls run={run} />
    </Suspense>
  );
}

/** Who the run is, how it stands, with what it trains, and what can be done with it. */
export function RunHeader({ run }: { run: RunDetail }) {
  return (
    <header className={styles.header}>
      <div className={styles.top}>
        <div className={styles.who}>
          <Link to="/" search={{ project: run.project }} className={styles.back} title={run.project}>
            <LeftIcon />
            <span>{run.project}</span>
          </Link>
          <Headline run={run} />
        </div>
        <RunMenu run={run} />
      </div>
      <Control run={run} />
      <Progress run={run} />
      <Facts run={run}>
        <SettingsLine run={run} />
        <Own run={run} />
      </Facts>
      <Ledger lost={run.lost} deferred={run.deferred} />
    </header>
  );
}
