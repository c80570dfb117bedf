import { useId } from "react";
import { useTranslation } from "react-i18next";
import styles from "./Filter.module.css";
import { FilterFault } from "./FilterFault";
import { FilterInput } from "./FilterInput";
import { QuickChips } from "./QuickChips";
import { useFilter, type Filter, type FilterBarProps } from "./use-filter";

function Count({ filter, total }: { filter: Filter; total: number | null }) {
  const { t } = useTranslation("finding");
  if (filter.pending && filter.fault) return <>{t("filter.refusedShort")}</>;
  if (filter.pending) {
    return <>{filter.preview === undefined ? t("filter.notApplied") : t("filter.wouldMatch", { count: filter.preview })}</>;
  }
  return <>{total === null ? "" : t("filter.matches", { count: total })}</>;
}

/** Finds runs: a line for the filter language, chips for what is wanted every day, and how many there are. */
export function FilterBar({ where, project, archived, total, onChange }: FilterBarProps) {
  const id = useId();
  const filter = useFilter({ where, project, archived, onChange });
  return (
    <search className={styles.bar}>
      <div className={styles.line}>
        <FilterInput filter={filter} project={project} describedBy={id} />
        <span className={styles.count} role="status" data-pending={filter.pending} data-testid="filter-count">
          <Count filter={filter} total={total} />
        </span>
        <QuickChips filter={filter} project={project} />
      </div>
      <div id={id} role="status">
        {filter.fault ? <FilterFault filter={filter} error={filter.fault} /> : null}
      </div>
    </search>
  );
}
