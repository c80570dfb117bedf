import { useTranslation } from "react-i18next";
import type { Answer } from "../../../api/client";
import { HealthBadge } from "../../../ui/HealthBadge";
import { useTold } from "../diagnosis/use-told";
import styles from "./Overview.module.css";

/** The answer of the diagnosis in its sentence. */
export function AnswerLine({ answer }: { answer: Answer }) {
  const { t } = useTranslation(["diagnosis", "states"]);
  const told = useTold();
  return (
    <section className={styles.answer} aria-label={t("answer.label")} data-testid="overview-answer">
      <HealthBadge of={answer.verdict} label={t(`states:health.${answer.verdict}`)} />
      <p>{told(answer.sentence)}</p>
    </section>
  );
}
