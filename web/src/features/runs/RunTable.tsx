import { useMediaQuery } from "@mantine/hooks";
import { useTable, type SortingState } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "../../api/client";
import { useWatch } from "../../series/live-context";
import { useNow } from "../../ui/use-now";
import { columns, features } from "./columns";
import { RunRow } from "./RunRow";
import styles from "./RunTable.module.css";
import { TableHead } from "./TableHead";

const ROW_PX = 40;
const CARD_PX = 124;
const OVERSCAN = 10;
const AHEAD_ROWS = 40; // the next page is asked for before its place is scrolled to
const CLOCK_MS = 20_000;
const NO_SORTING: SortingState = [];

interface RunTableProps {
  readonly runs: RunSummary[];
  readonly withProject: boolean;
  readonly loadMore: (() => void) | null;
}

const rowId = (run: RunSummary) => run.id;

function useRows(runs: RunSummary[]) {
  const [sorting, setSorting] = useState(NO_SORTING);
  return useTable({ features, columns, data: runs, getRowId: rowId, state: { sorting }, onSortingChange: setSorting });
}

/** The runs, of which only the visible ones exist as elements. */
export function RunTable({ runs, withProject, loadMore }: RunTableProps) {
  const { t } = useTranslation("runs");
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery("(max-width: 600px)") ?? false;
  const now = useNow(CLOCK_MS);
  const table = useRows(runs);
  const rows = table.getRowModel().rows;
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by hand; the compiler is not used
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? CARD_PX : ROW_PX),
    overscan: OVERSCAN,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  useEffect(() => virtual.measure(), [narrow, virtual]);

  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (loadMore && lastIndex >= rows.length - AHEAD_ROWS) loadMore();
  }, [loadMore, lastIndex, rows.length]);
  useWatch(items.flatMap((item) => rows[item.index]?.id ?? []));

  return (
    <div ref={scroller} className={styles.scroller} data-project={withProject} tabIndex={-1}>
      <div role="table" aria-label={t("table")} aria-rowcount={loadMore ? -1 : rows.length + 1} className={styles.table}>
        <TableHead table={table} withProject={withProject} />
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            return row ? (
              <RunRow key={item.key} run={row.original} now={now} withProject={withProject} index={item.index} offset={item.start} />
            ) : null;
          })}
        </div>
      </div>
    </div>
  );
}
