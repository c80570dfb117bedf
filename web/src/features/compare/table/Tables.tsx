import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../../i18n/use-language";
import { formatMetric, formatNumber, formatQuantity } from "../../../lib/format";
import { DownIcon, UpIcon } from "../../../ui/icons";
import type { Member } from "../members";
import { useChange } from "../route";
import { Swatch } from "../../../panels/Swatch";
import { nextSort, type Cell, type MetricRow, type Sort } from "./rows";
import styles from "./TableTab.module.css";

const SHORT_TITLE = 14; // characters: longer ones may take two lines

interface TableProps {
  readonly runs: readonly Member[];
  readonly rows: readonly MetricRow[];
  readonly sort: Sort | null;
  readonly baseline: string | null;
}

function RunName({ run, isBaseline }: { run: Member; isBaseline: boolean }) {
  const { t } = useTranslation("compare");
  return (
    <span className={styles.run}>
      <Swatch color={run.color} />
      <Link to="/runs/$runId" params={{ runId: run.id }} className={styles.name} title={run.name} aria-label={run.name}>
        {run.short}
      </Link>
      {isBaseline ? <span className={styles.base}>{t("table.baseline")}</span> : null}
    </span>
  );
}

function MetricName({ row, sort }: { row: MetricRow; sort: Sort | null }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  const { name, title } = row.metric;
  const text = title[useLanguage()];
  const isSorted = sort?.metric === name;
  const rising = isSorted && (row.metric.direction === "lower") !== sort.reversed;
  return (
    <button type="button" className={styles.sort} data-short={text.length <= SHORT_TITLE} title={name} aria-label={t("table.sortBy", { metric: text })} onClick={() => change({ sort: nextSort(sort, name) })}>
      <span>{text}</span>
      {isSorted ? rising ? <UpIcon /> : <DownIcon /> : null}
    </button>
  );
}

function valueText({ metric }: MetricRow, value: number | null, language: string): string {
  const text = metric.family === "metric" || metric.family === "class" ? formatMetric(value, language) : formatQuantity(value, metric.unit, language);
  return text.replace(/^-/, "−"); // as wide as the plus of a difference
}

function differenceText({ metric }: MetricRow, difference: number, language: string): string {
  const size = Math.abs(difference);
  const text = metric.family === "metric" || metric.family === "class" ? formatMetric(size, language) : formatNumber(size, language);
  return `${difference < 0 ? "−" : difference > 0 ? "+" : "±"}${text}`;
}

function Value({ row, run }: { row: MetricRow; run: Member }) {
  const language = useLanguage();
  const cell: Cell | undefined = row.cells.get(run.id);
  if (!cell) return null;
  return (
    <span className={styles.value}>
      {cell.isBest ? <strong>{valueText(row, cell.value, language)}</strong> : <span>{valueText(row, cell.value, language)}</span>}
      {cell.difference === null ? null : (
        <span className={styles.difference} data-better={cell.isBetter ?? "none"}>
          {differenceText(row, cell.difference, language)}
        </span>
      )}
    </span>
  );
}

const sortOf = (row: MetricRow, sort: Sort | null) =>
  sort?.metric !== row.metric.name ? undefined : (row.metric.direction === "lower") !== sort.reversed ? "ascending" : "descending";

/** A column a run: a few runs can be read side by side. */
export function RunsAcross({ runs, rows, sort, baseline }: TableProps) {
  const { t } = useTranslation("compare");
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what does not fit scrolls, also by keyboard
    <div className={styles.scroller} tabIndex={0} role="region" aria-label={t("table.label")}>
      <table className={styles.table} data-testid="compare-table">
        <thead>
          <tr>
            <th scope="col">{t("table.metric")}</th>
            {runs.map((run) => (
              <th key={run.id} scope="col">
                <RunName run={run} isBaseline={run.id === baseline} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.metric.name}>
              <th scope="row">
                <MetricName row={row} sort={sort} />
              </th>
              {runs.map((run) => (
                <td key={run.id}>
                  <Value row={row} run={run} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A row a run: many runs can be scanned down a column. */
export function RunsDown({ runs, rows, sort, baseline }: TableProps) {
  const { t } = useTranslation("compare");
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what does not fit scrolls, also by keyboard
    <div className={styles.scroller} tabIndex={0} role="region" aria-label={t("table.label")}>
      <table className={styles.table} data-testid="compare-table">
        <thead>
          <tr>
            <th scope="col">{t("table.run")}</th>
            {rows.map((row) => (
              <th key={row.metric.name} scope="col" aria-sort={sortOf(row, sort)}>
                <MetricName row={row} sort={sort} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <th scope="row">
                <RunName run={run} isBaseline={run.id === baseline} />
              </th>
              {rows.map((row) => (
                <td key={row.metric.name}>
                  <Value row={row} run={run} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
