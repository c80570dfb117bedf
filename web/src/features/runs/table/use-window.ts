import { useDebouncedValue } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, type RefObject } from "react";
import { useWatch } from "../../../series/live-context";
import { keyOf, runOf, type Lines } from "./use-lines";

const ROW_PX = 40;
const CARD_PX = 124;
const GROUP_CARD_PX = 52;
const OVERSCAN = 8;
const AHEAD_ROWS = 60; // the next page is asked for before its place is scrolled to
const REST_MS = 200;
const NO_RUNS: readonly string[] = [];

/** Tells the server which runs are on screen, once scrolling rests. */
function useWatchRested(runs: readonly string[]): void {
  const [rested] = useDebouncedValue(runs.join("\n"), REST_MS);
  useWatch(rested === "" ? NO_RUNS : rested.split("\n"));
}

interface WindowAsk {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly lines: Lines;
  readonly narrow: boolean;
  readonly loaded: number;
  readonly loadMore: (() => void) | null;
}

/** The rows that are on screen, and those next to them. */
export function useWindow({ scroller, lines, narrow, loaded, loadMore }: WindowAsk) {
  // The same function as long as the rows are the same: with another one all ten thousand places are computed anew.
  const getItemKey = useCallback(
    (index: number) => {
      const line = lines.at(index);
      return line ? keyOf(line) : index;
    },
    [lines],
  );
  const cardPx = (index: number) => (lines.at(index)?.kind === "group" ? GROUP_CARD_PX : CARD_PX);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by hand; the compiler is not used
  const virtual = useVirtualizer({
    count: lines.count,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (narrow ? cardPx(index) : ROW_PX),
    overscan: OVERSCAN,
    useFlushSync: false,
    scrollPaddingStart: narrow ? 0 : ROW_PX,
    getItemKey,
  });
  useEffect(() => virtual.measure(), [narrow, lines, virtual]);

  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (loadMore && lastIndex >= loaded - AHEAD_ROWS) loadMore();
  }, [loadMore, lastIndex, loaded]);
  useWatchRested(items.flatMap((item) => runOf(lines.at(item.index))?.id ?? []));
  return {
    items,
    height: virtual.getTotalSize(),
    scrollTo: (index: number) => virtual.scrollToIndex(index),
    /** How many rows a page key skips. */
    page: () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW_PX) / (narrow ? CARD_PX : ROW_PX)) - 2),
  };
}
