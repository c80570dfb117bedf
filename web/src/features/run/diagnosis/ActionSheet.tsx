import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Action, Finding } from "../../../api/client";
import { Told } from "../../../acts/Told";
import { useLanguage } from "../../../i18n/use-language";
import { Sheet } from "../../../ui/Sheet";
import { actionWords, whatWords, workedWords } from "./answering";
import styles from "./Answers.module.css";
import { useTold } from "./use-told";

interface ActionSheetProps {
  readonly finding: Finding;
  readonly action: Action;
  /** Whether the effect of an earlier answer is still being measured. */
  readonly isMeasuring: boolean;
  readonly isSending: boolean;
  readonly fault: string | null;
  readonly onSure: () => void;
  readonly close: () => void;
}

/** Asks once before a finding is answered: what changes, what that means, and what it did here before. */
export function ActionSheet({ finding, action, isMeasuring, isSending, fault, onSure, close }: ActionSheetProps) {
  const { t } = useTranslation(["diagnosis", "acts"]);
  const { t: acts } = useTranslation("acts");
  const locale = useLanguage();
  const told = useTold();
  const title = actionWords(action, { t, acts, locale });
  const [what, worked] = [whatWords(action, acts), workedWords(action.worked, t)];
  const footer = (
    <>
      <Button variant="default" size="md" onClick={close}>
        {acts("cancel")}
      </Button>
      <Button size="md" className={action.is_final ? styles.grave : undefined} loading={isSending} data-testid="action-sure" onClick={onSure}>
        {title}
      </Button>
    </>
  );
  return (
    <Sheet title={title} closeLabel={acts("close")} close={close} footer={footer} testId="action-sheet">
      <p className={styles.preview}>{told(action.preview)}</p>
      {what === "" ? null : (
        <p className={styles.what}>
          <Told text={what} />
        </p>
      )}
      <dl className={styles.asked}>
        <dt>{t("act.answers")}</dt>
        <dd>{told(finding.title)}</dd>
        <dt>{t("act.before")}</dt>
        <dd>{worked === "" ? t("act.untried") : worked}</dd>
      </dl>
      {isMeasuring ? <p className={styles.warning}>{t("act.stillMeasuring")}</p> : null}
      {fault === null ? null : (
        <p className={styles.bad} role="alert">
          <Told text={fault} />
        </p>
      )}
    </Sheet>
  );
}
