import { useTranslation } from "react-i18next";
import type { Answer } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatInstant, formatMetric, formatRelative } from "../../../lib/format";
import { HealthBadge } from "../../../ui/HealthBadge";
import { useNow } from "../../../ui/use-now";
import styles from "./Diagnosis.module.css";
import { forecastOf, type Forecast } from "./forecast";
import { useTold } from "./use-told";

const CLOCK_MS = 20_000;
const PHASES = ["fast", "slow", "plateau"] as const;

function Fact({ label, value, note, title }: { label: string; value: string; note?: string; title?: string }) {
  return (
    <div title={title}>
      <dt>{label}</dt>
      <dd>
        {value}
        {note === undefined ? null : <span className={styles.aside}> · {note}</span>}
      </dd>
    </div>
  );
}

function Expected({ forecast, epoch }: { forecast: Forecast; epoch: number }) {
  const { t } = useTranslation("diagnosis");
  const language = useLanguage();
  const said = (value: number) => formatMetric(value, language);
  const { low, high, final, enough } = forecast;
  return (
    <>
      <Fact label={t("answer.expected")} value={t("answer.interval", { low: said(low), high: said(high) })} note={t("answer.likely", { final: said(final) })} />
      {enough === null ? null : (
        <Fact
          label={t("answer.enough")}
          value={enough <= epoch ? t("answer.enoughNow") : t("answer.enoughAt", { epoch: enough })}
          title={t("answer.enoughWhy")}
        />
      )}
    </>
  );
}

/** The answer before everything else: how the run does, in one sentence, and what is to be expected of it. */
export function AnswerBlock({ answer, epoch }: { answer: Answer; epoch: number }) {
  const { t } = useTranslation(["diagnosis", "states"]);
  const language = useLanguage();
  const told = useTold();
  const now = useNow(CLOCK_MS);
  const forecast = forecastOf(answer.facts);
  const phase = PHASES.find((one) => one === answer.phase);
  const updated = Date.parse(answer.updated);
  return (
    <section className={styles.answer} aria-label={t("answer.label")} data-tone={answer.verdict} data-testid="answer">
      <p className={styles.sentence}>
        <HealthBadge of={answer.verdict} label={t(`states:health.${answer.verdict}`)} />
        <span>{told(answer.sentence)}</span>
      </p>
      <dl className={styles.facts}>
        {forecast ? <Expected forecast={forecast} epoch={epoch} /> : null}
        {phase ? <Fact label={t("answer.phase.label")} value={t(`answer.phase.${phase}`)} /> : null}
        <Fact label={t("answer.judged")} value={formatRelative(Math.min(updated, now), now, language)} title={formatInstant(updated, language)} />
      </dl>
    </section>
  );
}
