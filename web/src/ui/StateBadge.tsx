import { CheckIcon } from "./icons";
import styles from "./StateBadge.module.css";

export type RunTone = "live" | "idle" | "done" | "bad" | "warn";

/** A run state as a mark and a word: a dot, which breathes for a live one, or a check for a finished one. */
export function StateBadge({ label, tone }: { label: string; tone: RunTone }) {
  return (
    <span className={styles.badge} data-tone={tone}>
      {tone === "done" ? <CheckIcon /> : <span className={styles.dot} aria-hidden="true" />}
      <span className={styles.word}>{label}</span>
    </span>
  );
}
