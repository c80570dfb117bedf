import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Finding, RunDetail } from "../../../api/client";
import { CopyButton } from "../../../ui/CopyButton";
import { HealthBadge, HealthIcon } from "../../../ui/HealthBadge";
import { DownIcon } from "../../../ui/icons";
import { Answers } from "./Answers";
import styles from "./Diagnosis.module.css";
import { Dismiss, Dismissed } from "./Dismissal";
import { Evidence } from "./Evidence";
import { cardId } from "./timeline";
import { useSince, useTold } from "./use-told";

function Command({ command }: { command: string }) {
  const { t } = useTranslation("diagnosis");
  return (
    <div className={styles.command}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a long command scrolls, also by keys */}
      <code tabIndex={0} translate="no">
        {command}
      </code>
      <CopyButton text={command} label={t("card.copy")} doneLabel={t("card.copied")} />
    </div>
  );
}

function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** What it means, why it matters, what to change, and when it is over. */
function Body({ run, finding }: { run: RunDetail; finding: Finding }) {
  const { t } = useTranslation("diagnosis");
  const told = useTold();
  const { advice, what, why, closes, status, dismissed } = finding;
  return (
    <div className={styles.body}>
      <div className={styles.words}>
        <dl className={styles.parts}>
          <Part name={t("card.do")}>
            <p>{told(advice.text)}</p>
            {advice.command === "" ? null : <Command command={advice.command} />}
          </Part>
          <Part name={t("card.why")}>{told(why)}</Part>
          <Part name={t("card.what")}>{told(what)}</Part>
          <Part name={t("card.closes")}>{told(closes)}</Part>
        </dl>
        {status === "open" && !dismissed ? <Dismiss run={run.id} finding={finding} /> : null}
      </div>
      <Evidence run={run} finding={finding} />
    </div>
  );
}

/** When it was seen, how sure it is, and which rule says so. */
function Facts({ finding }: { finding: Finding }) {
  const { t } = useTranslation("diagnosis");
  const since = useSince();
  const { opened, closed, confidence, rule, severity } = finding;
  return (
    <p className={styles.cardFacts}>
      <HealthBadge of={severity} label={t(`severity.${severity}`)} />
      <span>{since(opened.epoch)}</span>
      {closed === null || closed.epoch === null ? null : <span>{t("card.until", { epoch: Math.round(closed.epoch) })}</span>}
      <span title={t("card.confidenceWhy")}>{t("card.confidence", { percent: Math.round(confidence * 100) })}</span>
      <span title={t("card.rule", { rule })} translate="no">
        {rule}
      </span>
    </p>
  );
}

function More({ title, isOpen, onToggle }: { title: string; isOpen: boolean; onToggle: () => void }) {
  const { t } = useTranslation("diagnosis");
  return (
    <button type="button" className={styles.more} aria-expanded={isOpen} aria-label={t(isOpen ? "card.less" : "card.more", { title })} onClick={onToggle}>
      <DownIcon />
      {t(isOpen ? "card.lessShort" : "card.moreShort")}
    </button>
  );
}

interface FindingCardProps {
  readonly run: RunDetail;
  readonly finding: Finding;
  /** Whether all of it is shown from the start. */
  readonly startsOpen?: boolean;
  /** What it explains. */
  readonly children?: ReactNode;
}

/** One finding: what was seen, and behind it what it means and what to do. */
export function FindingCard({ run, finding, startsOpen = false, children }: FindingCardProps) {
  const { t } = useTranslation("diagnosis");
  const told = useTold();
  const [isOpen, setOpen] = useState(startsOpen);
  const { rule, severity, dismissed, is_quiet: isQuiet } = finding;
  const title = told(finding.title);
  const heading = `${cardId(rule)}-title`;
  return (
    <article id={cardId(rule)} className={styles.card} data-tone={severity} aria-labelledby={heading} tabIndex={-1} data-testid="finding" data-rule={rule}>
      <header className={styles.head}>
        <HealthIcon of={severity} />
        <h3 id={heading}>{title}</h3>
        <More title={title} isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />
      </header>
      <Facts finding={finding} />
      <p className={styles.evidence}>{told(finding.evidence)}</p>
      {isQuiet ? <p className={styles.quiet}>{t("card.quiet")}</p> : null}
      <Answers run={run} finding={finding} />
      {isOpen ? <Body run={run} finding={finding} /> : null}
      {dismissed ? <Dismissed run={run.id} finding={finding} /> : null}
      {children}
    </article>
  );
}
