import { useTranslation } from "react-i18next";
import type { Answer, RunDetail } from "../../../api/client";
import { HealthBadge } from "../../../ui/HealthBadge";
import { useTold } from "../diagnosis/use-told";
import { TabLink } from "../TabLink";
import styles from "./Overview.module.css";

/** The answer of the diagnosis in its sentence, and the way to all of it. */
export function AnswerLine({ run, answer }: { run: RunDetail; answer: Answer }) {
  const { t } = useTranslation(["diagnosis", "states", "run"]);
  const told = useTold();
  return (
    <section className={styles.answer} aria-label={t("answer.label")} data-testid="overview-answer">
      <HealthBadge of={answer.verdict} label={t(`states:health.${answer.verdict}`)} />
      <p>{told(answer.sentence)}</p>
      <TabLink run={run.id} tab="diagnosis" className={styles.more}>
        {t("run:tabs.diagnosis")}
      </TabLink>
    </section>
  );
}
