import { useTranslation } from "react-i18next";
import styles from "./Autopilot.module.css";
import { ruleFrom } from "./derive";

/** The rules whose findings a measure answers, each by its number and, where this page knows it, its title. */
export function Rules({ rules }: { rules: readonly string[] }) {
  const { t } = useTranslation("autopilot");
  const titleOf = (rule: string): string => {
    const known = ruleFrom(rule);
    return known ? t(`rules.${known}`) : "";
  };
  return (
    <p className={styles.rules}>
      <span>{t("answers")}</span>
      {rules.map((rule) => (
        <span key={rule} className={styles.rule} data-testid="rule">
          <code translate="no">{rule}</code> {titleOf(rule)}
        </span>
      ))}
    </p>
  );
}
