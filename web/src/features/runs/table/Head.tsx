import { lazy, Suspense, useRef, useState, type DragEvent, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { MoreIcon } from "../../../ui/icons";
import type { Look } from "../cells/look";
import { isFallingFirst, sortTerm } from "../columns/kinds";
import { movedTo, type ColumnSpec } from "../columns/specs";
import type { Columns } from "../columns/use-columns";
import type { Wanted } from "../list/terms";
import { nextOrder } from "./order";
import { CheckBox, pinnedStyle } from "./Row";
import styles from "./Head.module.css";
import table from "./Table.module.css";
import { useResize, type Resizing } from "./use-resize";

const ColumnMenu = lazy(() => import("../columns/ColumnMenu"));

const DRAGGED = "application/x-yoloscope-column";

export interface Sorting {
  readonly order: readonly Wanted[];
  readonly change: (order: readonly Wanted[]) => void;
}

interface HeadProps {
  readonly look: Look;
  readonly columns: Columns;
  readonly sorting: Sorting;
  readonly label: (id: string) => string;
  readonly widths: readonly number[];
  readonly resizing: Resizing;
  readonly all: boolean | "mixed";
}

interface HeadCellProps extends Omit<HeadProps, "all" | "widths"> {
  readonly spec: ColumnSpec;
  readonly at: number;
  readonly width: number;
}

function SortButton({ spec, look, sorting, label }: HeadCellProps) {
  const { t } = useTranslation("runs");
  const text = label(spec.id);
  const term = sortTerm(spec.id);
  const own = sorting.order.find((one) => one.term === term);
  if (term === null) return <span className={styles.label}>{text}</span>;
  const sort = (event: MouseEvent) =>
    sorting.change(nextOrder(sorting.order, { term, falling: isFallingFirst(spec.id, look.numeric.has(spec.id) ? 0 : ""), add: event.shiftKey }));
  return (
    <button type="button" className={styles.sort} title={`${term === text ? "" : `${term}\n`}${t("sortBy", { column: text })}`} onClick={sort}>
      <span className={styles.label}>{text}</span>
      {own ? <span aria-hidden="true">{own.descending ? "↓" : "↑"}</span> : null}
    </button>
  );
}

const isColumn = (event: DragEvent) => event.dataTransfer.types.includes(DRAGGED);

/** Columns are put in another place by dragging one head onto another. */
function useDrag({ spec, columns }: HeadCellProps) {
  const [over, setOver] = useState(false);
  return {
    "data-over": over,
    draggable: true,
    onDragStart: (event: DragEvent) => event.dataTransfer.setData(DRAGGED, spec.id),
    onDragOver: (event: DragEvent) => {
      if (!isColumn(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      setOver(false);
      if (!isColumn(event)) return;
      event.preventDefault();
      columns.change(movedTo(columns.shown, event.dataTransfer.getData(DRAGGED), spec.id));
    },
  };
}

function Menu(props: HeadCellProps) {
  const { t } = useTranslation("runs");
  const { spec, label } = props;
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={styles.menu}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={t("menu.of", { column: label(spec.id) })}
        title={t("menu.of", { column: label(spec.id) })}
        onClick={() => setOpen(true)}
      >
        <MoreIcon />
      </button>
      {open ? (
        <Suspense>
          <ColumnMenu {...props} close={close} />
        </Suspense>
      ) : null}
    </>
  );
}

const ARIA_SORT = { true: "descending", false: "ascending" } as const;

function HeadCell(props: HeadCellProps) {
  const { spec, at, look, sorting } = props;
  const own = sorting.order.find(({ term }) => term === sortTerm(spec.id));
  const drag = useDrag(props);
  const handle = useResize(props);
  return (
    <div
      role="columnheader"
      aria-sort={own ? ARIA_SORT[`${own.descending}`] : "none"}
      className={styles.cell}
      data-column={spec.id}
      data-numeric={look.numeric.has(spec.id)}
      data-pinned={at < look.pinned}
      data-edge={at === look.pinned - 1}
      style={pinnedStyle(at, look.pinned)}
      {...drag}
    >
      <SortButton {...props} />
      <Menu {...props} />
      <span className={styles.handle} data-testid={`resize-${spec.id}`} {...handle} />
    </div>
  );
}

export function Head({ all, widths, ...props }: HeadProps) {
  const { t } = useTranslation("runs");
  return (
    <div role="rowgroup" className={styles.head} data-head="true">
      <div role="row" aria-rowindex={1} className={table.grid}>
        <div role="columnheader" className={table.lead} aria-label={t("selectAll")}>
          <CheckBox checked={all} label={t("selectAll")} />
        </div>
        {props.columns.shown.map((spec, at) => (
          <HeadCell key={spec.id} {...props} spec={spec} at={at} width={widths[at] ?? 0} />
        ))}
      </div>
    </div>
  );
}
