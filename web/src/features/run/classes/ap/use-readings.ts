import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RunDetail } from "../../../../api/client";
import { itemsQuery } from "../../../../items/queries";
import { chartQuery } from "../../../../panels/queries";
import { classSeries } from "../names";
import type { Measure, Suffix } from "../search";
import type { Naming } from "../use-name";
import { fromColumns, fromTables, joined, type Readings } from "./readings";

const COLUMNS_MOST = 200;
const TABLE = ["classes"];

interface Asked {
  readonly measure: Measure;
  readonly suffix: Suffix | undefined;
}

function seriesOf(run: RunDetail, { measure, suffix }: Asked): readonly string[] {
  if (suffix !== undefined) return [];
  return run.series.flatMap(({ name }) => (classSeries(name)?.measure === measure ? [name] : []));
}

/** Which measures of classes a run has: those with series, else what the names of the table's columns say. */
export function measuresOf(run: RunDetail, columns: readonly string[], suffix: Suffix | undefined): (measure: Measure) => boolean {
  return (measure) => seriesOf(run, { measure, suffix }).length > 0 || columns.includes(suffix ? `${measure}_${suffix}` : measure);
}

export interface Loaded {
  readonly readings: Readings | null;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** What the classes of a run reached, from their series where there are any, else from the tables of the epochs. */
export function useReadings(run: RunDetail, asked: Asked, naming: Naming): Loaded {
  const listed = seriesOf(run, asked).join("\n");
  const names = useMemo(() => (listed === "" ? [] : listed.split("\n")), [listed]);
  const bySeries = useQuery(chartQuery([run.id], { names, x: "epoch", window: null, buckets: COLUMNS_MOST }, names.length > 0));
  const byTable = useQuery(itemsQuery([run.id], { names: TABLE, data: true }, names.length === 0));
  const column = asked.suffix ? `${asked.measure}_${asked.suffix}` : asked.measure;
  const readings = useMemo(() => {
    if (names.length > 0) return bySeries.data ? joined(fromColumns(bySeries.data.filter(({ name }) => names.includes(name))), COLUMNS_MOST) : null;
    return byTable.data ? joined(fromTables(byTable.data, column, naming.keyOf), COLUMNS_MOST) : null;
  }, [names, bySeries.data, byTable.data, column, naming.keyOf]);
  const query = names.length > 0 ? bySeries : byTable;
  return { readings, error: readings === null ? query.error : null, retry: () => void query.refetch() };
}
