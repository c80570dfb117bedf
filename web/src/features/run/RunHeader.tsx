import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import { durationOf } from "../../lib/duration";
import { formatDuration, formatInstant, formatNumber, formatRelative } from "../../lib/format";
import { useLanguage } from "../../i18n/use-language";
import { LeftIcon } from "../../ui/icons";
import { ProgressBar } from "../../ui/ProgressBar";
import { StateBadge } from "../../ui/StateBadge";
import { runIsOver, runTone } from "../../ui/run-tone";
import { useNow } from "../../ui/use-now";
import { evidenceFrom, hasEvidence } from "./history/attempts";
import { Ledger } from "./Ledger";
import { reasonFrom } from "./reasons";
import styles from "./RunHeader.module.css";
import { useReason } from "./use-reason";
import { withheldIn } from "./withheld";

const CLOCK_MS = 20_000;

function Fact({ label, value, title }: { label: string; value: string; title?: string }) {
  return (
    <div className={styles.fact}>
      <dt>{label}</dt>
      <dd title={title ?? value}>{value}</dd>
    </div>
  );
}

const epochText = (run: RunDetail) => (run.epochs === null ? String(run.epoch) : `${run.epoch} / ${run.epochs}`);

function Facts({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  const now = useNow(CLOCK_MS);
  const started = Date.parse(run.created);
  const over = runIsOver(run.state);
  return (
    <dl className={styles.facts}>
      <Fact label={t("facts.epoch")} value={epochText(run)} />
      {over || run.epochs === null ? null : <Fact label={t("facts.eta")} value={formatDuration(run.eta_s, language)} />}
      <Fact label={t(over ? "facts.duration" : "facts.elapsed")} value={formatDuration(durationOf(run), language)} />
      {run.best_epoch === null ? null : <Fact label={t("facts.best")} value={String(run.best_epoch)} />}
      {run.patience_left === null ? null : (
        <Fact label={t("facts.patience")} value={t("facts.patienceValue", { count: run.patience_left })} />
      )}
      <Fact label={t("facts.step")} value={formatNumber(run.step, language)} />
      <Fact label={t("facts.started")} value={formatRelative(started, now, language)} title={formatInstant(started, language)} />
      {run.framework === null ? null : <Fact label={t("facts.framework")} value={run.framework} />}
      {run.host === null ? null : <Fact label={t("facts.host")} value={run.host} />}
      {run.attempt > 1 ? <Fact label={t("facts.attempt")} value={String(run.attempt)} /> : null}
    </dl>
  );
}

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
        <Link to="/runs/$runId" params={{ runId: run.id }} search={(now) => ({ ...now, tab: "history" })} className={styles.evidence}>
          {t("reasons.evidence")}
        </Link>
      ) : null}
    </>
  );
}

/** Who the run is and how it stands. */
export function RunHeader({ run }: { run: RunDetail }) {
  const { t } = useTranslation(["run", "states"]);
  return (
    <header className={styles.header}>
      <nav className={styles.crumbs}>
        <Link to="/" search={{ project: run.project }} className={styles.back} title={run.project}>
          <LeftIcon />
          {run.project}
        </Link>
      </nav>
      <div className={styles.headline}>
        <h1 className={styles.name} title={run.name}>
          {run.name}
        </h1>
        <StateBadge label={t(`states:${run.state}`)} tone={runTone(run.state)} />
        <Circumstances run={run} />
      </div>
      {run.epochs === null ? null : (
        <ProgressBar share={run.epochs > 0 ? run.epoch / run.epochs : 0} live={run.state === "running"} label={`${t("facts.epoch")} ${epochText(run)}`} />
      )}
      <Facts run={run} />
      <Ledger lost={run.lost} deferred={run.deferred} />
    </header>
  );
}
