import { Skeleton } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { findingsQuery } from "../../../acts/causes";
import { actsIn, actsQuery } from "../../../acts/queries";
import type { Finding, RunDetail, RunFindings } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { HealthIcon } from "../../../ui/HealthBadge";
import { Notice } from "../../../ui/Notice";
import { answersTo } from "./answering";
import { AnswerBlock } from "./AnswerBlock";
import styles from "./Diagnosis.module.css";
import { FindingCard } from "./FindingCard";
import { Fold } from "./Fold";
import { familiesIn } from "./looked-at";
import { missingRows } from "./missing";
import { allOf, sortedFindings, type Cause } from "./sorted";
import { cardId, ruleOf } from "./timeline";
import { Timeline } from "./Timeline";

const SHOWN_WHOLE = 3; // of many findings the later ones begin folded: their evidence is read at a glance

function Causes({ run, causes, whole }: { run: RunDetail; causes: readonly Cause[]; whole: number }) {
  const { t } = useTranslation("diagnosis");
  return causes.map(({ finding, effects }, at) => (
    <FindingCard key={finding.rule} run={run} finding={finding} startsOpen={at < whole}>
      {effects.length === 0 ? null : (
        <div className={styles.effects}>
          <h4>{t("card.effects", { count: effects.length })}</h4>
          {effects.map((effect) => (
            <FindingCard key={effect.rule} run={run} finding={effect} />
          ))}
        </div>
      )}
    </FindingCard>
  ));
}

const Cards = ({ run, findings }: { run: RunDetail; findings: readonly Finding[] }) =>
  findings.map((finding) => <FindingCard key={finding.rule} run={run} finding={finding} />);

/** That nothing was found, and what was looked at: silence is worth as much as what it rests on. */
function Nothing({ run, missing }: { run: RunDetail; missing: number }) {
  const { t } = useTranslation("diagnosis");
  const language = useLanguage();
  const what = familiesIn(run).map((family) => t(`families.${family}`));
  return (
    <div className={styles.nothing} data-testid="nothing-found">
      <HealthIcon of="healthy" />
      <div>
        <p>{t("open.nothing")}</p>
        <p className={styles.aside}>
          {[t("open.lookedAt", { what: what.join(t("families.and")) }), missing > 0 ? t("open.noData", { count: missing }) : ""].join(language === "zh" ? "" : " ")}
        </p>
      </div>
    </div>
  );
}

function NotEvaluated({ missing }: { missing: RunFindings["not_evaluated"] }) {
  const { t } = useTranslation("diagnosis");
  const rules = missingRows(missing, useLanguage());
  if (rules.length === 0) return null;
  return (
    <Fold id="missing" title={t("folds.missing", { count: rules.length })}>
      <p className={styles.aside}>{t("folds.missingWhat")}</p>
      <table className={styles.missing}>
        <thead>
          <tr>
            <th scope="col">{t("folds.rule")}</th>
            <th scope="col">{t("folds.inputs")}</th>
          </tr>
        </thead>
        <tbody>
          {rules.map(({ rule, title, inputs }) => (
            <tr key={rule}>
              <th scope="row" title={t("card.rule", { rule })}>
                {title}
              </th>
              <td>
                {inputs.map((input) => (
                  <code key={input} translate="no">
                    {input}
                  </code>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Fold>
  );
}

/** A finding that the timeline or the address leads to: its fold opens, and the page goes there. */
function useSought() {
  const named = useLocation({ select: ({ hash }) => ruleOf(hash) });
  const [sought, setSought] = useState<{ readonly rule: string } | null>(named === null ? null : { rule: named });
  useEffect(() => {
    const card = sought ? document.getElementById(cardId(sought.rule)) : null;
    card?.scrollIntoView({ block: "start" });
    card?.focus({ preventScroll: true });
  }, [sought]);
  const holds = (findings: readonly Finding[]) => findings.some(({ rule }) => rule === sought?.rule);
  return { holds, seek: (rule: string) => setSought({ rule }) };
}

/** What is over: those that somebody acted on stay in sight with what came of it, the others are folded. */
function useOver(run: RunDetail, closed: readonly Finding[]) {
  const { data } = useInfiniteQuery({ ...actsQuery(run.id), enabled: "control" in run.settings });
  const acts = actsIn(data);
  const wasAnswered = ({ rule }: Finding) => answersTo(rule, acts).length > 0;
  return { answered: closed.filter(wasAnswered), over: closed.filter((finding) => !wasAnswered(finding)) };
}

function Told({ run, said }: { run: RunDetail; said: RunFindings }) {
  const { t } = useTranslation("diagnosis");
  const { holds, seek } = useSought();
  const { problems, notes, dismissed, closed } = useMemo(() => sortedFindings(said.items), [said.items]);
  const { answered, over } = useOver(run, closed);
  const missing = said.not_evaluated.length;
  return (
    <div className={styles.diagnosis}>
      {said.answer ? <AnswerBlock answer={said.answer} epoch={run.epoch} /> : null}
      <section className={styles.cards} aria-label={t("open.title")}>
        {problems.length > 0 ? <Causes run={run} causes={problems} whole={SHOWN_WHOLE} /> : <Nothing run={run} missing={missing} />}
      </section>
      {answered.length === 0 ? null : (
        <section className={styles.cards} aria-labelledby="answered-title" data-testid="answered">
          <h2 id="answered-title" className={styles.answered}>
            {t("open.answered")}
          </h2>
          <Cards run={run} findings={answered} />
        </section>
      )}
      <Timeline timeline={said.timeline} epoch={run.epoch} onSeek={seek} />
      {notes.length === 0 ? null : (
        <Fold id="notes" isSought={holds(allOf(notes))} title={t("folds.notes", { count: notes.length })}>
          <Causes run={run} causes={notes} whole={0} />
        </Fold>
      )}
      {over.length === 0 ? null : (
        <Fold id="closed" isSought={holds(over)} title={t("folds.closed", { count: over.length })}>
          <Cards run={run} findings={over} />
        </Fold>
      )}
      {dismissed.length === 0 ? null : (
        <Fold id="dismissed" isSought={holds(dismissed)} title={t("folds.dismissed", { count: dismissed.length })}>
          <Cards run={run} findings={dismissed} />
        </Fold>
      )}
      <NotEvaluated missing={said.not_evaluated} />
    </div>
  );
}

/** What is wrong with a training, why it is thought so, and what to change. */
export default function DiagnosisTab({ run }: { run: RunDetail }) {
  const { t } = useTranslation("diagnosis");
  const { data, error, refetch } = useQuery(findingsQuery(run.id, true));
  if (data && !data.answer) return <Notice title={t("notYet")} detail={t("notYetWhy")} />; // silence of rules that were not asked is no health
  if (data) return <Told run={run} said={data} />;
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  return (
    <div className={styles.diagnosis} aria-busy="true">
      <Skeleton height={72} />
      <Skeleton height={180} />
    </div>
  );
}
