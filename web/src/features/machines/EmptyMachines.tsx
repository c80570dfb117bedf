import { useTranslation } from "react-i18next";
import { CopyButton } from "../../ui/CopyButton";
import styles from "./Machines.module.css";

function agentCommand(origin: string): string {
  return `YOLOSCOPE_TOKEN=… yoloscope agent --server ${origin}`;
}

/** What is said before the first machine reported: what sends reports. */
export function EmptyMachines() {
  const { t } = useTranslation("machines");
  const command = agentCommand(window.location.origin);
  return (
    <div className={styles.empty} data-testid="no-machines">
      <h1 className={styles.emptyTitle}>{t("empty.title")}</h1>
      <p className={styles.intro}>{t("empty.training")}</p>
      <p className={styles.intro}>{t("empty.agent")}</p>
      <div className={styles.command}>
        <code>{command}</code>
        <CopyButton text={command} label={t("copy")} doneLabel={t("copied")} />
      </div>
    </div>
  );
}
