import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RunDetail } from "../../api/client";
import { chartQuery } from "../../panels/queries";
import { waitingShare } from "./waiting";

const DATA = "time/data_s";
const BATCH = "time/batch_s";
const BUCKETS = 40;

/** Share of the time that a training waits for data of late; null where it does not measure that. */
export function useWaiting(run: RunDetail): number | null {
  const measured = [DATA, BATCH].every((name) => run.series.some((info) => info.name === name));
  const { data } = useQuery(chartQuery([run.id], { names: [DATA, BATCH], x: "step", window: null, buckets: BUCKETS }, measured));
  return useMemo(() => {
    const [waits, works] = [DATA, BATCH].map((name) => data?.find((columns) => columns.name === name));
    return waits && works ? waitingShare(waits, works) : null;
  }, [data]);
}
