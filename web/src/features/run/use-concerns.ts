import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { CardRow, RunDetail } from "../../api/client";
import { placeOf } from "../../machines/derive";
import { machinesQuery } from "../../machines/queries";
import { useLiveState } from "../../series/live-context";
import { runIsOver } from "../../ui/run-tone";
import { useNow } from "../../ui/use-now";
import { concernsOf, type Concern } from "./health";

const CLOCK_MS = 20_000;
const NO_CARDS: readonly CardRow[] = [];

/** The machine and the cards that a run is on now; null for one that has ended or that no machine names. */
export function usePlace(run: RunDetail) {
  const over = runIsOver(run.state);
  const connected = useLiveState() === "connected";
  const { data } = useQuery(machinesQuery(!over && connected, !over && run.host !== null));
  return useMemo(() => (data && !over ? placeOf(data, run.id) : null), [data, over, run.id]);
}

/** What should be known of a run now. */
export function useConcerns(run: RunDetail, waiting: number | null): Concern[] {
  const nowMs = useNow(CLOCK_MS);
  const cards = usePlace(run)?.cards ?? NO_CARDS;
  return useMemo(() => concernsOf(run, { cards, waiting, nowMs }), [run, cards, waiting, nowMs]);
}
