import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { durationOf } from "../../lib/duration";
import { formatFinish } from "../../lib/finish";
import { formatDuration, formatInstant, formatMetric, formatNumber, formatRelative } from "../../lib/format";
import { DownIcon } from "../../ui/icons";
import { runIsOver } from "../../ui/run-tone";
import { useNow } from "../../ui/use-now";
import { bestOf } from "./best";
import styles from "./Facts.module.css";
import { patienceOf } from "./health";

const CLOCK_MS = 20_000;

interface FactProps {
  readonly label: string;
  readonly value: string;
  readonly title?: string;
  /** Whether a phone shows it only when it is asked to. */
  readonly extra?: boolean;
}

function Fact({ label, value, title, extra = false }: FactProps) {
  return (
    <div className={styles.fact} data-extra={extra}>
      <dt>{label}</dt>
      <dd title={title ?? value}>{value}</dd>
    </div>
  );
}

export const epochText = (run: Pick<RunDetail, "epoch" | "epochs">) => (run.epochs === null ? String(run.epoch) : `${run.epoch} / ${run.epochs}`);

function Left({ run, now }: { run: RunDetail; now: number }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  if (runIsOver(run.state) || run.epochs === null || run.eta_s === null) return null;
  const finish = formatFinish(now + run.eta_s * 1000, now, language);
  return <Fact label={t("facts.eta")} value={t("facts.etaAt", { span: formatDuration(run.eta_s, language), time: finish })} />;
}

/** The best epoch, by what it is the best, and how good it is. */
function BestFact({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  const best = bestOf(run);
  if (!best) return null;
  const of = best.of.title[language];
  const value = best.value === null ? t("facts.epochAt", { epoch: best.epoch }) : `${formatMetric(best.value, language)} · ${t("facts.epochAt", { epoch: best.epoch })}`;
  return <Fact label={t("facts.bestBy", { metric: of })} value={value} title={t(`facts.bestWhy.${best.by}`, { metric: of })} />;
}

function Patience({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const all = patienceOf(run);
  if (run.patience_left === null || runIsOver(run.state)) return null;
  const value = all === null ? t("facts.patienceValue", { count: run.patience_left }) : t("facts.patienceOf", { left: run.patience_left, count: all });
  return <Fact label={t("facts.patience")} value={value} />;
}

function Times({ run, now }: { run: RunDetail; now: number }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  const started = Date.parse(run.created);
  return (
    <>
      <Fact extra label={t(runIsOver(run.state) ? "facts.duration" : "facts.elapsed")} value={formatDuration(durationOf(run), language)} />
      <Fact extra label={t("facts.step")} value={formatNumber(run.step, language)} />
      <Fact extra label={t("facts.started")} value={formatRelative(started, now, language)} title={formatInstant(started, language)} />
    </>
  );
}

/** How a run stands, in numbers; a phone folds all but the first of them, and what is given below. */
export function Facts({ run, children }: { run: RunDetail; children: ReactNode }) {
  const { t } = useTranslation("run");
  const now = useNow(CLOCK_MS);
  const [open, setOpen] = useState(false);
  return (
    <div className={styles.block} data-open={open}>
      <dl className={styles.facts}>
        {run.epochs === null && run.epoch === 0 ? null : <Fact label={t("facts.epoch")} value={epochText(run)} />}
        <Left run={run} now={now} />
        <BestFact run={run} />
        <Patience run={run} />
        <Times run={run} now={now} />
        {run.framework === null ? null : <Fact extra label={t("facts.framework")} value={run.framework} />}
        {run.host === null ? null : <Fact extra label={t("facts.host")} value={run.host} />}
        {run.attempt > 1 ? <Fact extra label={t("facts.attempt")} value={String(run.attempt)} /> : null}
      </dl>
      <div className={styles.folded}>{children}</div>
      <button type="button" className={styles.more} aria-expanded={open} onClick={() => setOpen(!open)} data-testid="more-facts">
        <DownIcon />
        {t(open ? "facts.less" : "facts.more")}
      </button>
    </div>
  );
}
