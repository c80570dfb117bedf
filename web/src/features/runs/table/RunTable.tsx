import { useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "../../../api/client";
import { useWidth } from "../../../ui/use-width";
import { useColumnLabel } from "../columns/use-column-label";
import type { Columns } from "../columns/use-columns";
import { TABLE_ID } from "./focus";
import { Head, type Sorting } from "./Head";
import { Line } from "./Line";
import type { Selection } from "./selection";
import styles from "./Table.module.css";
import { useActive } from "./use-active";
import type { Choice } from "./use-choice";
import { useDeeds, type Deeds } from "./use-deeds";
import type { Lines } from "./use-lines";
import { useLook } from "./use-look";
import { useWidths } from "./use-widths";
import { useWindow } from "./use-window";

interface RunTableProps {
  readonly runs: readonly RunSummary[];
  readonly lines: Lines;
  readonly columns: Columns;
  readonly sorting: Sorting;
  readonly metrics: readonly string[];
  readonly choice: Choice;
  readonly narrow: boolean;
  /** Whether a tap chooses a card instead of opening it. */
  readonly choosing: boolean;
  readonly titleOf: (group: string) => string;
  /** Asks for more rows; null while there are none or they are on their way. */
  readonly loadMore: (() => void) | null;
  /** Whether the rows answer what was asked before. */
  readonly stale: boolean;
  readonly deeds: Deeds;
}

function allOf(chosen: Selection, count: number): boolean | "mixed" {
  if (chosen.size === 0) return false;
  return chosen.size >= count ? true : "mixed";
}

/** What the table draws, and what its rows answer to. */
function useTable({ runs, lines, columns, choice, narrow, choosing, loadMore, deeds }: RunTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const view = useWindow({ scroller, lines, narrow, loaded: runs.length, loadMore });
  const place = useActive(lines);
  const listeners = useDeeds({ lines, choice, deeds, place, view, narrow, choosing });
  const widths = useWidths(columns, useWidth(scroller));
  return { scroller, view, place, listeners, look: useLook(columns.shown, runs), label: useColumnLabel(), ...widths };
}

/** The runs, of which only the visible ones exist as elements. Arrows move a mark from row to row, the focus stays on the table. */
export function RunTable(props: RunTableProps) {
  const { runs, lines, columns, sorting, choice, narrow, stale } = props;
  const { t } = useTranslation("runs");
  const id = useId();
  const { scroller, view, place, listeners, look, label, style, widths, resizing, moves } = useTable(props);
  const { active } = place;
  return (
    <div
      ref={scroller}
      id={TABLE_ID}
      role={lines.groups.length > 0 ? "treegrid" : "grid"}
      tabIndex={0}
      aria-label={t("table")}
      aria-multiselectable="true"
      aria-rowcount={lines.count + 1}
      aria-activedescendant={view.items.some((item) => item.index === active) ? `${id}-${active}` : undefined}
      className={styles.scroller}
      data-narrow={narrow}
      data-stale={stale}
      data-moves={moves}
      style={style}
      onFocus={() => (active < 0 && lines.count > 0 ? place.mark(0) : undefined)}
      {...listeners}
    >
      {narrow ? null : <Head look={look} columns={columns} sorting={sorting} label={label} widths={widths} resizing={resizing} all={allOf(choice.chosen, runs.length)} />}
      <div role="rowgroup" className={styles.body} style={{ height: view.height }}>
        {view.items.map((item) => (
          <Line
            key={item.key}
            id={`${id}-${item.index}`}
            line={lines.at(item.index)}
            index={item.index}
            offset={item.start}
            active={item.index === active}
            look={look}
            label={label}
            chosen={choice.chosen}
            metrics={props.metrics}
            narrow={narrow}
            choosing={props.choosing}
            titleOf={props.titleOf}
          />
        ))}
      </div>
    </div>
  );
}
