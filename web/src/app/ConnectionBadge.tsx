import { useTranslation } from "react-i18next";
import { useLiveState } from "../series/live-context";
import styles from "./Shell.module.css";

/** Whether what is on screen is live. */
export function ConnectionBadge() {
  const { t } = useTranslation();
  const state = useLiveState();
  const connected = state === "connected";
  return (
    <span
      className={styles.connection}
      role="status"
      data-testid="connection"
      data-state={connected ? "connected" : "disconnected"}
      data-tone={state}
      title={t(connected ? "connection.connectedHint" : "connection.disconnectedHint")}
    >
      <span className={styles.connectionDot} aria-hidden="true" />
      <span className={styles.connectionText}>{t(`connection.${state}`)}</span>
    </span>
  );
}
