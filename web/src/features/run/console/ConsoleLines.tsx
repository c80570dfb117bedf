import { Button } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useEffectEvent, useRef, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { DownIcon } from "../../../ui/icons";
import styles from "./Console.module.css";
import { Row } from "./Row";
import type { ConsoleRow } from "./rows";

const LINE_PX = 18;
const OVERSCAN = 20;
const AHEAD_ROWS = 60; // older lines are asked for before their place is scrolled to
const END_PX = 24; // who is so near to the end follows it

interface ConsoleLinesProps {
  readonly rows: readonly ConsoleRow[];
  readonly query: string;
  /** Index of the row to be looked at, null to leave it to who scrolls. */
  readonly current: number | null;
  readonly withTimes: boolean;
  /** Fetches older lines, null if there are none. */
  readonly loadOlder: (() => void) | null;
}

function useRows({ rows, current, loadOlder, withTimes }: ConsoleLinesProps, scroller: RefObject<HTMLDivElement | null>) {
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by hand; the compiler is not used
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: OVERSCAN,
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: END_PX,
  });
  useEffect(() => virtual.scrollToEnd(), [virtual]);
  useEffect(() => virtual.measure(), [virtual, withTimes]);
  const wanted = current === null ? null : (rows[current]?.key ?? null);
  const reveal = useEffectEvent(() => {
    if (current !== null) virtual.scrollToIndex(current, { align: "center" });
  });
  useEffect(() => {
    if (wanted !== null) reveal();
  }, [wanted]);
  const first = virtual.getVirtualItems()[0]?.index ?? rows.length;
  useEffect(() => {
    if (loadOlder && first < AHEAD_ROWS) loadOlder();
  }, [loadOlder, first]);
  return virtual;
}

/** The lines, of which only the visible ones exist as elements. It follows the end until somebody scrolls away from it. */
export function ConsoleLines(props: ConsoleLinesProps) {
  const { t } = useTranslation("run");
  const { rows, query, current, withTimes } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useRows(props, scroller);
  return (
    <div className={styles.frame}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it is scrolled by the keyboard, too */}
      <div ref={scroller} className={styles.scroller} role="log" aria-live="off" aria-label={t("console.label")} tabIndex={0} data-testid="console">
        <div className={styles.lines} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index];
            return row ? (
              <div key={key} ref={virtual.measureElement} data-index={index} className={styles.row} style={{ transform: `translateY(${start}px)` }}>
                <Row row={row} query={query} isCurrent={index === current} withTime={withTimes} />
              </div>
            ) : null;
          })}
        </div>
      </div>
      {virtual.isAtEnd(END_PX) ? null : (
        <Button className={styles.toEnd} size="compact-sm" leftSection={<DownIcon />} onClick={() => virtual.scrollToEnd()} data-testid="console-to-end">
          {t("console.toEnd")}
        </Button>
      )}
    </div>
  );
}
