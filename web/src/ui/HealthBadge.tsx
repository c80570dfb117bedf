import { CheckIcon, CriticalIcon, InfoIcon, UnknownIcon, WarningIcon } from "./icons";
import styles from "./HealthBadge.module.css";

export const HEALTHS = ["critical", "warning", "unknown", "healthy"] as const;
export type Health = (typeof HEALTHS)[number];
export type Severity = "info" | "warning" | "critical";

const ICONS = { healthy: CheckIcon, warning: WarningIcon, critical: CriticalIcon, unknown: UnknownIcon, info: InfoIcon } as const;

/** Each of them has a shape of its own, so that nobody needs the colour. */
export function HealthIcon({ of }: { of: Health | Severity }) {
  const Drawn = ICONS[of];
  return (
    <span className={styles.icon} data-tone={of}>
      <Drawn />
    </span>
  );
}

/** How a run does or how grave a finding is: a mark and a word. */
export function HealthBadge({ of, label, title }: { of: Health | Severity; label: string; title?: string }) {
  return (
    <span className={styles.badge} data-tone={of} title={title}>
      <HealthIcon of={of} />
      <span className={styles.word}>{label}</span>
    </span>
  );
}
