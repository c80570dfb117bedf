import { memo } from "react";
import type { RunSummary } from "../../../api/client";
import { Cell } from "../cells/Cell";
import type { Look } from "../cells/look";
import { CheckIcon, StarIcon, StarredIcon } from "../../../ui/icons";
import styles from "./Table.module.css";

export function CheckBox({ checked, label }: { checked: boolean | "mixed"; label: string }) {
  return (
    <span role="checkbox" aria-checked={checked} aria-label={label} className={styles.check} data-act="select" data-checked={checked}>
      {checked === true ? <CheckIcon /> : null}
    </span>
  );
}

export function Star({ run, look }: { run: RunSummary; look: Look }) {
  const label = look.t(run.starred ? "unstar" : "star", { name: run.name });
  return (
    <button type="button" tabIndex={-1} className={styles.star} data-act="star" data-starred={run.starred} aria-pressed={run.starred} aria-label={label} title={label}>
      {run.starred ? <StarredIcon /> : <StarIcon />}
    </button>
  );
}

export const pinnedStyle = (at: number, pinned: number) => (at < pinned ? { left: `var(--left-${at})` } : undefined);

export interface RowProps {
  readonly id: string;
  readonly run: RunSummary;
  readonly look: Look;
  readonly index: number;
  readonly offset: number;
  readonly selected: boolean;
  readonly active: boolean;
}

/** One run as a row. What a click in it does is decided by the table. */
export const Row = memo(function Row({ id, run, look, index, offset, selected, active }: RowProps) {
  return (
    <div
      id={id}
      className={styles.row}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-testid="run-row"
      data-run-id={run.id}
      data-index={index}
      data-active={active}
      data-archived={run.archived}
      style={{ transform: `translateY(${offset}px)` }}
    >
      <div role="gridcell" className={styles.lead}>
        <CheckBox checked={selected} label={look.t("select", { name: run.name })} />
        <Star run={run} look={look} />
      </div>
      {look.columns.map((column, at) => (
        <div
          key={column.id}
          role="gridcell"
          className={styles.cell}
          data-column={column.id}
          data-numeric={look.numeric.has(column.id)}
          data-pinned={at < look.pinned}
          data-edge={at === look.pinned - 1}
          style={pinnedStyle(at, look.pinned)}
        >
          <Cell run={run} id={column.id} look={look} />
        </div>
      ))}
    </div>
  );
});

/** The place of a run that is on its way. */
export function Waiting({ index, offset, label }: { index: number; offset: number; label: string }) {
  return (
    <div className={styles.row} role="row" aria-rowindex={index + 2} style={{ transform: `translateY(${offset}px)` }}>
      <div role="gridcell" className={styles.waiting} aria-label={label} />
    </div>
  );
}
