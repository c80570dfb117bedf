import { useComputedColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { shades } from "../../../charts/options/shade";
import { useLanguage } from "../../../i18n/use-language";
import { formatNumber } from "../../../lib/format";
import type { Axis } from "../axes";
import styles from "./Relations.module.css";
import { endsOf } from "./shares";

/** What the colours of lines or points mean. */
export function Scale({ axis }: { axis: Axis | undefined }) {
  const { t } = useTranslation("compare");
  const language = useLanguage();
  const theme = useComputedColorScheme("light");
  if (!axis) return null;
  const [least, greatest] = endsOf(axis).map((end) => axis.categories[end] ?? formatNumber(end, language));
  return (
    <div className={styles.scale}>
      <span>{t("relations.colouredBy", { name: axis.label })}</span>
      <span>{least}</span>
      <span className={styles.shades} style={{ background: shades(theme) }} />
      <span>{greatest}</span>
    </div>
  );
}
