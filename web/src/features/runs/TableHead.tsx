import type { ReactTable } from "@tanstack/react-table";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "../../api/client";
import { COLUMN_IDS, NUMERIC, type ColumnId, type features } from "./columns";
import styles from "./RunTable.module.css";

const ARIA_SORT = { asc: "ascending", desc: "descending" } as const;
const ARROWS = { asc: "↑", desc: "↓" } as const;

interface TableHeadProps {
  readonly table: ReactTable<typeof features, RunSummary>;
  readonly withProject: boolean;
}

function HeadCell({ table, id }: { table: TableHeadProps["table"]; id: ColumnId }) {
  const { t } = useTranslation("runs");
  const column = table.getColumn(id);
  const sorted = column?.getIsSorted() || null;
  const label = t(`columns.${id}`);
  return (
    <div role="columnheader" aria-sort={sorted ? ARIA_SORT[sorted] : "none"} className={styles.headCell} data-column={id} data-numeric={NUMERIC.has(id)}>
      {column?.getCanSort() ? (
        <button type="button" className={styles.sort} title={t("sortBy", { column: label })} onClick={column.getToggleSortingHandler()}>
          {label}
          <span aria-hidden="true">{sorted ? ARROWS[sorted] : ""}</span>
        </button>
      ) : (
        label
      )}
    </div>
  );
}

export function TableHead({ table, withProject }: TableHeadProps) {
  const shown = COLUMN_IDS.filter((id) => withProject || id !== "project");
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" aria-rowindex={1} className={styles.headRow}>
        {shown.map((id) => (
          <HeadCell key={id} table={table} id={id} />
        ))}
      </div>
    </div>
  );
}
