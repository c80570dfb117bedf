import { useTranslation } from "react-i18next";
import type { ChartLine, ChartLook } from "../charts/scene";
import { formatNumber } from "../lib/format";
import styles from "./ChartPanel.module.css";

interface PanelHeadProps {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly ChartLine[];
  readonly look: ChartLook;
  readonly stale: boolean;
}

const SHOWN_UNITS: Record<string, string> = { B: "", bytes: "", s: "", "B/s": "", Hz: "" }; // their ticks say it

/** Title, and how much of what is stored the picture holds. */
export function PanelHead({ title, unit, lines, look, stale }: PanelHeadProps) {
  const { t } = useTranslation("run");
  const drawn = lines.reduce((sum, { columns }) => sum + (columns?.x.length ?? 0), 0);
  const total = lines.reduce((sum, { columns }) => sum + (columns?.total ?? 0), 0);
  const notes = [
    look.smoothing > 0 ? t("smoothed") : "",
    stale ? t("stale") : "",
    total > 0 ? t("points", { shown: formatNumber(drawn, look.locale), total: formatNumber(total, look.locale) }) : "",
  ];
  const shownUnit = SHOWN_UNITS[unit] ?? unit;
  return (
    <header className={styles.head}>
      <h3 className={styles.title} title={title}>
        {title}
        {shownUnit === "" ? null : <span className={styles.unit}> {shownUnit}</span>}
      </h3>
      <span className={styles.points}>{notes.filter((note) => note !== "").join(" · ")}</span>
    </header>
  );
}
