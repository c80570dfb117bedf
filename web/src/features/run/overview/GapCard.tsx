import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatNumber } from "../../../lib/format";
import { chartQuery } from "../../../panels/queries";
import { Spark } from "../../../panels/Spark";
import { Card } from "./Card";
import { gapSeries } from "./gap";
import styles from "./Overview.module.css";
import { courseOf, lastOf } from "./pace";

const BUCKETS = 100;

/** How far validation lies behind training now, and which way that goes. */
export function GapCard({ run }: { run: RunDetail }) {
  const { t } = useTranslation("overview");
  const language = useLanguage();
  const name = gapSeries(run.series);
  const { data } = useQuery(chartQuery([run.id], { names: [name ?? ""], x: "epoch", window: null, buckets: BUCKETS }, name !== null));
  const columns = data?.[0];
  const now = columns ? lastOf(columns) : null;
  const course = columns ? courseOf(columns) : null;
  if (name === null || now === null) return null;
  return (
    <Card id="gap" title={t("gap.title")}>
      <div className={styles.gap}>
        <span className={styles.big}>{formatNumber(now, language)}</span>
        <span className={styles.gapSpark}>
          <Spark run={run.id} name={name} axis="epoch" label={t("gap.label")} />
        </span>
      </div>
      <p className={styles.sentence}>{t(now > 0 ? "gap.above" : "gap.below", { by: formatNumber(Math.abs(now), language) })}</p>
      {course ? <p className={styles.sentence}>{t(`gap.trend.${course.trend}`)}</p> : null}
    </Card>
  );
}
