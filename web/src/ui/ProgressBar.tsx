import styles from "./ProgressBar.module.css";

/** How far something is, 0 to 1. The label is what a screen reader says. */
export function ProgressBar({ share, label, live }: { share: number; label: string; live: boolean }) {
  return (
    <span
      className={styles.track}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      data-live={live}
    >
      <span className={styles.fill} style={{ transform: `scaleX(${Math.min(1, Math.max(0, share))})` }} />
    </span>
  );
}
