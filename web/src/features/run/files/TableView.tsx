import { Button } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { Table } from "../../../api/client";
import { useClassLabel } from "../../../items/use-class-label";
import { download, fileName } from "../../../lib/download";
import { formatNumber } from "../../../lib/format";
import { useLanguage } from "../../../i18n/use-language";
import { DownIcon, DownloadIcon, UpIcon } from "../../../ui/icons";
import styles from "./Table.module.css";
import { columnsFrom, csvFrom, orderOf, type Sorting, type TableColumn } from "./table";

const ROW_PX = 28;
const [LEAST_CH, MOST_CH] = [8, 36];
const [GAP_PX, PADDING_PX] = [16, 12]; // as in the sheet
const SAMPLE = 200; // rows by which a column's width is chosen

function charsOf({ name, cells, isNumeric }: TableColumn): number {
  const longest = cells.slice(0, SAMPLE).reduce<number>((most, cell) => Math.max(most, isNumeric ? 9 : String(cell).length), name.length + 3);
  return Math.min(MOST_CH, Math.max(LEAST_CH, longest));
}

/** The same widths in each row, whatever stands in it. */
function layoutOf(columns: readonly TableColumn[]): CSSProperties {
  const chars = columns.map(charsOf);
  const all = chars.reduce((sum, one) => sum + one, 0);
  return {
    gridTemplateColumns: chars.map((one) => `minmax(${one}ch, ${one}fr)`).join(" "),
    minWidth: `calc(${all}ch + ${(columns.length - 1) * GAP_PX + 2 * PADDING_PX}px)`,
  };
}

function next(sorting: Sorting | null, column: number, isNumeric: boolean): Sorting | null {
  if (sorting?.column !== column) return { column, isDown: isNumeric };
  return sorting.isDown === isNumeric ? { column, isDown: !isNumeric } : null;
}

const directionOf = (sorting: Sorting | null, column: number) => (sorting?.column !== column ? "none" : sorting.isDown ? "descending" : "ascending");

interface HeadProps {
  readonly columns: readonly TableColumn[];
  readonly layout: CSSProperties;
  readonly sorting: Sorting | null;
  readonly onSort: (sorting: Sorting | null) => void;
}

function Head({ columns, layout, sorting, onSort }: HeadProps) {
  return (
    <div className={styles.head} role="row" style={layout}>
      {columns.map((column, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- two columns may have one name
        <div key={at} role="columnheader" aria-sort={directionOf(sorting, at)} data-numeric={column.isNumeric}>
          <button type="button" onClick={() => onSort(next(sorting, at, column.isNumeric))} title={column.name}>
            <span>{column.name}</span>
            {sorting?.column === at ? sorting.isDown ? <DownIcon /> : <UpIcon /> : null}
          </button>
        </div>
      ))}
    </div>
  );
}

function Cell({ cell, isNumeric }: { cell: number | string; isNumeric: boolean }) {
  const language = useLanguage();
  const said = typeof cell === "string" ? cell : formatNumber(Number.isNaN(cell) ? null : cell, language);
  return (
    <span role="cell" data-numeric={isNumeric} title={String(cell)}>
      {said}
    </span>
  );
}

/** A table of any length, sorted by the column whose head is pressed. */
export function TableView({ table, name }: { table: Table; name: string }) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const labelOf = useClassLabel();
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => columnsFrom(table, labelOf), [table, labelOf]);
  const order = useMemo(() => orderOf(columns, sorting), [columns, sorting]);
  const layout = useMemo(() => layoutOf(columns), [columns]);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by hand; the compiler is not used
  const virtual = useVirtualizer({ count: order.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 12 });
  const save = () => download(fileName(name, "csv"), new Blob([csvFrom(columns, order)], { type: "text/csv;charset=utf-8" }));
  return (
    <>
      <div className={styles.bar}>
        <span>{t("files.rows", { count: order.length, rows: formatNumber(order.length, language) })}</span>
        <Button size="compact-sm" variant="default" leftSection={<DownloadIcon />} onClick={save} data-testid="csv">
          CSV
        </Button>
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it is scrolled by the keyboard, too */}
      <div ref={scroller} className={styles.scroller} role="table" aria-label={name} aria-rowcount={order.length + 1} tabIndex={0} data-testid="table">
        <Head columns={columns} layout={layout} sorting={sorting} onSort={setSorting} />
        <div style={{ ...layout, display: "block", height: virtual.getTotalSize(), position: "relative" }} role="rowgroup">
          {virtual.getVirtualItems().map(({ index, start }) => (
            <div key={index} className={styles.row} role="row" aria-rowindex={index + 2} style={{ ...layout, transform: `translateY(${start}px)` }}>
              {columns.map(({ cells, isNumeric }, at) => (
                // oxlint-disable-next-line react/no-array-index-key -- two columns may have one name
                <Cell key={at} cell={cells[order[index] ?? 0] ?? ""} isNumeric={isNumeric} />
              ))}
            </div>
          ))}
        </div>
      </div>
    </>
  );
}
