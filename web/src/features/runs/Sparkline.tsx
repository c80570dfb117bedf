import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { formatMetric } from "../../lib/format";
import { useLanguage } from "../../i18n/use-language";
import { sparkPath } from "./derive";
import { sparkQuery } from "./queries";
import styles from "./RunTable.module.css";

const WIDTH = 96;
const HEIGHT = 22;
const EDGE = 2; // keeps the stroke's ends inside the picture

/** mAP over the run in the size of a word. */
export function Sparkline({ run, last }: { run: string; last: number | null }) {
  const { t } = useTranslation("runs");
  const language = useLanguage();
  const { data } = useQuery(sparkQuery(run, last !== null));
  const path = data ? sparkPath(data, WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE) : "";
  if (path === "") return <span className={styles.noSpark} aria-hidden="true" />;
  return (
    <svg
      className={styles.spark}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`${-EDGE} ${-EDGE} ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={t("trendLabel", { value: formatMetric(last, language) })}
    >
      <path d={path} />
    </svg>
  );
}
