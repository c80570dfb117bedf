import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { medianWidth } from "../charts/median";
import type { ChartLine, ChartLook } from "../charts/scene";
import { formatNumber } from "../lib/format";
import { PinIcon } from "../ui/icons";
import styles from "./ChartPanel.module.css";
import type { PanelLayout } from "./context";

interface PanelHeadProps {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly ChartLine[];
  readonly look: ChartLook;
  readonly stale: boolean;
  /** Drawn points beyond the y axis. */
  readonly outside: number;
  /** Points without a place along x. */
  readonly unmatched: number;
  readonly layout?: PanelLayout | undefined;
  readonly children: ReactNode;
}

const SHOWN_UNITS: Record<string, string> = { B: "", bytes: "", s: "", "B/s": "", Hz: "" }; // their ticks say it

/** What a reader has to know of how the lines are drawn, the most surprising first. */
function useNotes({ lines, look, stale, outside, unmatched }: Omit<PanelHeadProps, "title" | "unit" | "children">): string {
  const { t } = useTranslation("panels");
  const drawn = lines.reduce((sum, { columns }) => sum + (columns?.x.length ?? 0), 0);
  const total = lines.reduce((sum, { columns }) => sum + (columns?.total ?? 0), 0);
  const smoothed = look.smoother === "median" ? t("median", { count: medianWidth(look.smoothing) }) : t("smoothed");
  const notes = [
    stale ? t("stale") : "",
    outside > 0 ? t("outside", { count: outside }) : "",
    unmatched > 0 && drawn > 0 ? t("unmatched", { count: unmatched }) : "",
    look.against ? t("over", { name: look.against.label }) : "",
    look.smoothing > 0 ? smoothed : "",
    total > 0 ? t("points", { shown: formatNumber(drawn, look.locale), total: formatNumber(total, look.locale) }) : "",
  ];
  return notes.filter((note) => note !== "").join(" · ");
}

/** Title, how much of what is stored the picture holds, and the menu. */
export function PanelHead({ title, unit, children, ...facts }: PanelHeadProps) {
  const { t } = useTranslation("panels");
  const shownUnit = SHOWN_UNITS[unit] ?? unit;
  const notes = useNotes(facts);
  return (
    <header className={styles.head} data-movable={facts.layout !== undefined} data-panel-head="">
      {facts.layout?.isPinned ? (
        <span className={styles.pinned} title={t("pinned")}>
          <PinIcon />
        </span>
      ) : null}
      <h3 className={styles.title} title={title}>
        {title}
        {shownUnit === "" ? null : <span className={styles.unit}> {shownUnit}</span>}
      </h3>
      <span className={styles.points} title={notes}>
        {notes}
      </span>
      {children}
    </header>
  );
}
