import type { ReactNode } from "react";
import type { RunSummary } from "../../../api/client";
import { durationOf } from "../../../lib/duration";
import { formatDuration, formatInstant, formatMetric, formatNumber, formatRelative, NO_VALUE } from "../../../lib/format";
import { HealthBadge } from "../../../ui/HealthBadge";
import { ProgressBar } from "../../../ui/ProgressBar";
import { runTone } from "../../../ui/run-tone";
import { StateBadge } from "../../../ui/StateBadge";
import { kindOf, type Kind } from "../columns/kinds";
import { sparkSeries } from "../columns/specs";
import { progressOf } from "../derive";
import { numberOf, valueOf } from "../list/values";
import styles from "./Cell.module.css";
import type { Look } from "./look";
import { NameCell, Tags } from "./NameCell";
import { Sparkline } from "./Sparkline";

interface CellProps {
  readonly run: RunSummary;
  readonly id: string;
  readonly look: Look;
}

export function StateOf({ run, look }: Omit<CellProps, "id">) {
  return <StateBadge label={look.t(`states:${run.state}`)} tone={runTone(run.state)} />;
}

/** How the diagnosis judges a run; nothing for one that it did not judge. */
export function HealthOf({ run, look }: Omit<CellProps, "id">) {
  const { t } = look;
  if (run.health === null) return <span className={styles.dim}>{NO_VALUE}</span>;
  return <HealthBadge of={run.health} label={t(`states:health.${run.health}`)} title={t("states:findings", { count: run.findings })} />;
}

/** On a narrow screen only what is wrong is told. */
export function HealthMark({ run, look }: Omit<CellProps, "id">) {
  return run.health === "critical" || run.health === "warning" ? <HealthOf run={run} look={look} /> : null;
}

export function Progress({ run, look }: Omit<CellProps, "id">) {
  const { t } = look;
  const share = progressOf(run);
  if (share === null) return <span className={styles.dim}>{t("epochOnly", { epoch: run.epoch })}</span>;
  return (
    <span className={styles.progress}>
      <ProgressBar share={share} live={run.state === "running"} label={t("progressLabel", { epoch: run.epoch, epochs: run.epochs })} />
      <span className={styles.epochs}>{t("epochOf", { epoch: run.epoch, epochs: run.epochs })}</span>
    </span>
  );
}

function Time({ run, id, look }: CellProps) {
  const value = valueOf(run, id);
  if (typeof value !== "string") return NO_VALUE;
  const at = Date.parse(value);
  return (
    <time dateTime={value} title={formatInstant(at, look.language)}>
      {formatRelative(at, look.now, look.language)}
    </time>
  );
}

function Plain({ text }: { text: string }) {
  return (
    <span className={styles.text} title={text}>
      {text}
    </span>
  );
}

function Anything({ run, id, look }: CellProps) {
  const value = valueOf(run, id);
  if (value === null) return <span className={styles.dim}>{NO_VALUE}</span>;
  if (typeof value === "number") return formatNumber(value, look.language);
  if (typeof value === "boolean") return look.t(value ? "yes" : "no");
  return <Plain text={value} />;
}

const DRAWN: Record<Kind, (props: CellProps) => ReactNode> = {
  name: ({ run, look }) => <NameCell run={run} look={look} withTags={!look.columns.some(({ id }) => id === "tags")} />,
  project: ({ run }) => <Plain text={run.project} />,
  state: StateOf,
  health: HealthOf,
  progress: Progress,
  time: Time,
  duration: ({ run, id, look }) => formatDuration(id === "elapsed_s" ? durationOf(run) : numberOf(run, id), look.language),
  tags: ({ run, look }) => <Tags tags={run.tags} most={4} look={look} />,
  note: ({ run }) => (run.note ? <Plain text={run.note} /> : <span className={styles.dim}>{NO_VALUE}</span>),
  metric: ({ run, id, look }) => formatMetric(numberOf(run, id), look.language),
  spark: ({ run, id }) => <Sparkline run={run} name={sparkSeries(id) ?? ""} />,
  count: ({ run, id, look }) => formatNumber(numberOf(run, id), look.language),
  value: Anything,
};

/** What a run has under a column. */
export function Cell(props: CellProps) {
  const Drawn = DRAWN[kindOf(props.id)];
  return <Drawn {...props} />;
}
