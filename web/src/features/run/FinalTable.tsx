import { useTranslation } from "react-i18next";
import { useLanguage } from "../../i18n/use-language";
import { formatMetric } from "../../lib/format";
import { numberFromWire } from "../../lib/numbers";
import panel from "../../panels/ChartPanel.module.css";
import type { FinalRow } from "./final";
import styles from "./FinalTable.module.css";
import { isNumbered } from "./withheld";

const COLUMNS = ["precision", "recall", "map50", "map"] as const;

function Row({ row }: { row: FinalRow }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  const numbered = row.name !== null && isNumbered(row.name);
  const label = row.name ?? t("final.all") + (row.suffix === "" ? "" : ` (${row.suffix})`);
  return (
    <tr data-all={row.name === null}>
      <th scope="row" title={numbered ? t("withheld.classes") : label}>
        {label}
      </th>
      {COLUMNS.map((column) => (
        <td key={column}>{formatMetric(numberFromWire(row[column]), language)}</td>
      ))}
    </tr>
  );
}

/** What the best checkpoint reached, for all classes and for each. */
export function FinalTable({ rows }: { rows: readonly FinalRow[] }) {
  const { t } = useTranslation("run");
  return (
    <article className={panel.panel} data-testid="final-evaluation" aria-labelledby="final-evaluation">
      <header className={panel.head}>
        <h3 className={panel.title} id="final-evaluation">
          {t("final.title")}
        </h3>
      </header>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- many classes scroll, also by keyboard */}
      <div className={styles.scroller} tabIndex={0} role="region" aria-labelledby="final-evaluation">
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
              <Row key={`${row.name ?? ""}/${row.suffix}`} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </article>
  );
}
