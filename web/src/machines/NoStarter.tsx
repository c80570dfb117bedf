import { useTranslation } from "react-i18next";
import { CopyButton } from "../ui/CopyButton";
import styles from "./Waiting.module.css";

const startingCommand = (origin: string): string => `YOLOSCOPE_TOKEN=… yoloscope agent --start --server ${origin}`;

/** Why nothing can be started on a host, and what makes it possible there. */
export function NoStarter({ host }: { host: string }) {
  const { t } = useTranslation("machines");
  const command = startingCommand(window.location.origin);
  return (
    <details className={styles.nobody} data-testid="no-starter">
      <summary>{t("go.nobody", { host })}</summary>
      <p>{t("go.agent")}</p>
      <div className={styles.command}>
        <code>{command}</code>
        <CopyButton text={command} label={t("copy")} doneLabel={t("copied")} />
      </div>
    </details>
  );
}
