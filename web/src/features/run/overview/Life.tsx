import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { durationOf } from "../../../lib/duration";
import { formatFinish } from "../../../lib/finish";
import { formatDuration, formatInstant, formatNumber, formatRelative, formatSeconds } from "../../../lib/format";
import { chartQuery } from "../../../panels/queries";
import { Spark } from "../../../panels/Spark";
import { runIsOver } from "../../../ui/run-tone";
import { useNow } from "../../../ui/use-now";
import styles from "./Overview.module.css";
import { courseOf } from "./pace";

const CLOCK_MS = 5_000;
const EPOCH_TIME = "time/epoch_s";
const BUCKETS = 100;

interface FactProps {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
  readonly title?: string;
  readonly children?: ReactNode;
}

function Fact({ label, value, note, title, children }: FactProps) {
  return (
    <div className={styles.fact} title={title}>
      <dt>{label}</dt>
      <dd>
        <span className={styles.value}>{value}</span>
        {note === undefined ? null : <span className={styles.note}>{note}</span>}
        {children}
      </dd>
    </div>
  );
}

function Heard({ run, now }: { run: RunDetail; now: number }) {
  const { t } = useTranslation("overview");
  const language = useLanguage();
  const over = runIsOver(run.state);
  const then = Date.parse(over ? (run.ended ?? run.updated) : run.updated);
  return <Fact label={t(over ? "life.ended" : "life.heard")} value={formatRelative(Math.min(then, now), now, language)} title={formatInstant(then, language)} />;
}

function Epochs({ run }: { run: RunDetail }) {
  const { t } = useTranslation("overview");
  const language = useLanguage();
  if (run.epochs === null) {
    return run.epoch > 0 ? <Fact label={t("life.epochs")} value={formatNumber(run.epoch, language)} /> : <Fact label={t("life.steps")} value={formatNumber(run.step, language)} />;
  }
  const percent = run.epochs > 0 ? Math.floor((100 * run.epoch) / run.epochs) : 0;
  return <Fact label={t("life.epochs")} value={t("life.of", { done: run.epoch, all: run.epochs })} note={`${percent}%`} />;
}

/** How long an epoch takes, and whether it takes longer of late. */
function Pace({ run }: { run: RunDetail }) {
  const { t } = useTranslation("overview");
  const language = useLanguage();
  const { data } = useQuery(chartQuery([run.id], { names: [EPOCH_TIME], x: "epoch", window: null, buckets: BUCKETS }, true));
  const course = data?.[0] ? courseOf(data[0]) : null;
  const mean = run.epoch > 0 && run.elapsed_s !== null ? run.elapsed_s / run.epoch : null;
  const seconds = course?.now ?? mean;
  if (seconds === null) return null;
  const percent = formatNumber(Math.abs(Math.round((course?.change ?? 0) * 100)), language);
  return (
    <Fact label={t("life.pace")} value={seconds < 10 ? formatSeconds(seconds, language) : formatDuration(seconds, language)} {...(course ? { note: t(`life.trend.${course.trend}`, { percent }) } : {})}>
      {course ? (
        <span className={styles.spark}>
          <Spark run={run.id} name={EPOCH_TIME} axis="epoch" label={t("life.paceLabel")} />
        </span>
      ) : null}
    </Fact>
  );
}

function Finish({ run, now }: { run: RunDetail; now: number }) {
  const { t } = useTranslation("overview");
  const language = useLanguage();
  if (runIsOver(run.state)) return <Fact label={t("life.took")} value={formatDuration(durationOf(run), language)} />;
  if (run.eta_s === null) return null;
  return (
    <Fact
      label={t("life.finish")}
      value={formatFinish(now + run.eta_s * 1000, now, language)}
      note={t("life.in", { span: formatDuration(run.eta_s, language) })}
    />
  );
}

/** Whether the run is alive, how far it is, how fast, and when it is done. */
export function Life({ run }: { run: RunDetail }) {
  const { t } = useTranslation("overview");
  const now = useNow(CLOCK_MS);
  return (
    <dl className={styles.life} aria-label={t("life.label")} data-testid="overview-life">
      <Heard run={run} now={now} />
      <Epochs run={run} />
      <Pace run={run} />
      <Finish run={run} now={now} />
    </dl>
  );
}
