import { useTranslation } from "react-i18next";
import styles from "./ChartPanel.module.css";

/** Says on paper that charts are missing there: they are fetched when they come on screen, and printing does not wait. */
export function PrintNote() {
  const { t } = useTranslation("panels");
  return <p className={styles.printNote}>{t("printNote")}</p>;
}
