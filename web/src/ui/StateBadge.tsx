import styles from "./StateBadge.module.css";

export type RunTone = "live" | "idle" | "good" | "bad" | "warn";

/** A run state as a dot and a word; the dot of a live one breathes. */
export function StateBadge({ label, tone }: { label: string; tone: RunTone }) {
  return (
    <span className={styles.badge} data-tone={tone}>
      <span className={styles.dot} aria-hidden="true" />
      {label}
    </span>
  );
}
