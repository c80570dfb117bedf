import { useTranslation } from "react-i18next";
import { useLanguage } from "../../i18n/use-language";
import { formatMetric } from "../../lib/format";
import { numberFromWire } from "../../lib/numbers";
import styles from "./FinalTable.module.css";
import type { FinalRow } from "./final";

const COLUMNS = ["precision", "recall", "map50", "map"] as const;

/** What the best checkpoint reached, for all classes and for each. */
export function FinalTable({ rows }: { rows: readonly FinalRow[] }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  return (
    <section className={styles.section} aria-labelledby="final-evaluation">
      <h2 className={styles.heading} id="final-evaluation">
        {t("final.title")}
      </h2>
      <div className={styles.scroller}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t("final.class")}</th>
              {COLUMNS.map((column) => (
                <th key={column} scope="col">
                  {t(`final.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name ?? ""} data-all={row.name === null}>
                <th scope="row" title={row.name ?? undefined}>
                  {row.name ?? t("final.all")}
                </th>
                {COLUMNS.map((column) => (
                  <td key={column}>{formatMetric(numberFromWire(row[column]), language)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
