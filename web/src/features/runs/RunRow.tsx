import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "../../api/client";
import { durationOf } from "../../lib/duration";
import { formatDuration, formatInstant, formatMetric, formatRelative } from "../../lib/format";
import { useLanguage } from "../../i18n/use-language";
import { isIntended, lossesOf, rowsLost } from "../../lib/lost";
import { InfoIcon, WarningIcon } from "../../ui/icons";
import { ProgressBar } from "../../ui/ProgressBar";
import { runTone } from "../../ui/run-tone";
import { StateBadge } from "../../ui/StateBadge";
import { lastOf, progressOf } from "./derive";
import { MAP, MAP50 } from "./queries";
import styles from "./RunTable.module.css";
import { Sparkline } from "./Sparkline";

function Progress({ run }: { run: RunSummary }) {
  const { t } = useTranslation("runs");
  const share = progressOf(run);
  if (share === null) return <span className={styles.dim}>{t("epochOnly", { epoch: run.epoch })}</span>;
  return (
    <span className={styles.progress}>
      <ProgressBar share={share} live={run.state === "running"} label={t("progressLabel", { epoch: run.epoch, epochs: run.epochs })} />
      <span className={styles.epochs}>{t("epochOf", { epoch: run.epoch, epochs: run.epochs })}</span>
    </span>
  );
}

function Started({ run, now }: { run: RunSummary; now: number }) {
  const language = useLanguage();
  const at = Date.parse(run.created);
  return (
    <time dateTime={run.created} title={formatInstant(at, language)}>
      {formatRelative(at, now, language)}
    </time>
  );
}

function LostMark({ lost }: { lost: RunSummary["lost"] }) {
  const { t } = useTranslation("runs");
  const losses = lossesOf(lost);
  if (losses.length === 0) return null;
  const calm = isIntended(losses);
  const label = t(calm ? "withheld" : "lost", { count: rowsLost(losses) });
  return (
    <span className={styles.lost} role="img" aria-label={label} title={label} data-calm={calm} data-testid="lost-mark">
      {calm ? <InfoIcon /> : <WarningIcon />}
    </span>
  );
}

function Name({ run }: { run: RunSummary }) {
  const { t } = useTranslation("runs");
  return (
    <div role="cell" className={styles.name}>
      <Link to="/runs/$runId" params={{ runId: run.id }} title={run.name} className={styles.link}>
        {run.name}
      </Link>
      {run.attempt > 1 ? <span className={styles.attempt}>{t("attempt", { number: run.attempt })}</span> : null}
      <LostMark lost={run.lost} />
    </div>
  );
}

interface RunRowProps {
  readonly run: RunSummary;
  readonly now: number;
  readonly withProject: boolean;
  readonly index: number;
  readonly offset: number;
}

/** One run: a row of the table, or on a narrow screen the same cells as a card. */
export const RunRow = memo(function RunRow({ run, now, withProject, index, offset }: RunRowProps) {
  const { t } = useTranslation(["runs", "states"]);
  const language = useLanguage();
  const map = lastOf(run, MAP);
  return (
    <div
      className={styles.row}
      role="row"
      aria-rowindex={index + 2}
      data-testid="run-row"
      data-run-id={run.id}
      style={{ transform: `translateY(${offset}px)` }}
    >
      <Name run={run} />
      {withProject ? (
        <div role="cell" className={styles.project} title={run.project}>
          {run.project}
        </div>
      ) : null}
      <div role="cell" className={styles.state}>
        <StateBadge label={t(`states:${run.state}`)} tone={runTone(run.state)} />
      </div>
      <div role="cell" className={styles.progressCell}>
        <Progress run={run} />
      </div>
      <div role="cell" className={styles.eta} data-label={t("columns.eta")}>
        {formatDuration(run.eta_s, language)}
      </div>
      <div role="cell" className={styles.map} data-label={t("columns.map")}>
        {formatMetric(map, language)}
      </div>
      <div role="cell" className={styles.map50} data-label={t("columns.map50")}>
        {formatMetric(lastOf(run, MAP50), language)}
      </div>
      <div role="cell" className={styles.trend}>
        <Sparkline run={run.id} last={map} />
      </div>
      <div role="cell" className={styles.created}>
        <Started run={run} now={now} />
      </div>
      <div role="cell" className={styles.duration} data-label={t("columns.duration")}>
        {formatDuration(durationOf(run), language)}
      </div>
    </div>
  );
});
