import { useTranslation } from "react-i18next";
import ActList from "../../../acts/ActList";
import type { RunDetail } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatDuration, formatInstant, formatNumber } from "../../../lib/format";
import { runIsOver, runTone } from "../../../ui/run-tone";
import { StateBadge } from "../../../ui/StateBadge";
import { useNow } from "../../../ui/use-now";
import { Autopilot } from "../autopilot/Autopilot";
import { reasonFrom } from "../reasons";
import { useReason } from "../use-reason";
import { beginningOf, evidenceFrom, hasEvidence, secondsOf, successorOf, type Attempt } from "./attempts";
import { EvidenceParts } from "./EvidenceParts";
import styles from "./History.module.css";
import { StackButton } from "./StackButton";

const CLOCK_MS = 10_000;

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** When it began and ended, and why, as far as it is known. */
function Facts({ attempt, isLive }: { attempt: Attempt; isLive: boolean }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  const reason = useReason();
  const seconds = secondsOf(attempt, isLive, useNow(CLOCK_MS));
  const { started, ended, end_reason: why, exit_code: code } = attempt;
  return (
    <dl className={styles.facts}>
      <Fact label={t("history.started")} value={formatInstant(Date.parse(started), language)} />
      {ended === null ? null : <Fact label={t("history.ended")} value={formatInstant(Date.parse(ended), language)} />}
      {seconds === null ? null : <Fact label={t(isLive ? "facts.elapsed" : "history.duration")} value={formatDuration(seconds, language)} />}
      {why === null ? null : <Fact label={t("history.reason")} value={reason(why)} />}
      {code === null || (why !== null && reasonFrom(why)?.kind === "exitCode") ? null : <Fact label={t("history.exitCode")} value={String(code)} />}
    </dl>
  );
}

/** In plain words what an attempt took over, and what was taken from it. */
function Story({ attempt, attempts }: { attempt: Attempt; attempts: readonly Attempt[] }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  const beginning = beginningOf(attempt);
  const successor = successorOf(attempts, attempt);
  const first = attempt.number === 1 ? t("history.first") : t("history.again");
  const said = beginning ? t(`history.takesOver_${beginning.axis}`, { at: formatNumber(beginning.at, language) }) : first;
  const taken = successor ? t(`history.superseded_${successor.axis}`, { at: formatNumber(successor.at, language), by: successor.by }) : "";
  return <p className={styles.story}>{[said, taken].filter((sentence) => sentence !== "").join(language === "zh" ? "" : " ")}</p>;
}

function AttemptCard({ run, attempt, isNewest }: { run: RunDetail; attempt: Attempt; isNewest: boolean }) {
  const { t } = useTranslation(["run", "states"]);
  const { state } = attempt;
  const evidence = evidenceFrom(attempt.life);
  return (
    <li className={styles.attempt} data-testid="attempt">
      <header className={styles.head}>
        <h2>{t("history.attempt", { number: attempt.number })}</h2>
        <StateBadge label={t(`states:${state}`)} tone={runTone(state)} />
      </header>
      <Story attempt={attempt} attempts={run.attempts} />
      <Facts attempt={attempt} isLive={!runIsOver(state)} />
      {hasEvidence(evidence) || isNewest ? (
        <div className={styles.evidence}>
          <EvidenceParts evidence={evidence} attempt={attempt.number} />
          {isNewest ? <StackButton run={run} newestMs={evidence.stack?.timeMs ?? null} /> : null}
        </div>
      ) : null}
    </li>
  );
}

/** The attempts of a run in order of time, each with what became of it and what was seen of its process, and what the run was asked for. */
export default function HistoryTab({ run }: { run: RunDetail }) {
  const newest = run.attempts.at(-1)?.number;
  return (
    <>
      <ol className={styles.history}>
        {run.attempts.map((attempt) => (
          <AttemptCard key={attempt.number} run={run} attempt={attempt} isNewest={attempt.number === newest} />
        ))}
      </ol>
      <Autopilot run={run} />
      <ActList run={run} />
    </>
  );
}
