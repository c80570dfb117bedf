import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLanguage } from "../../i18n/use-language";
import { axesOf, isWithin, type Axis } from "./axes";
import { levelsOf, type Level } from "./levels";
import { membersOf, type Member } from "./members";
import { parametersOf, type Difference, type Parameter } from "./parameters";
import { resultsQuery, type Results } from "../../panels/results";
import { seriesQuery, type SharedSeries } from "../../panels/shared-series";
import { chosenQuery, differencesQuery } from "./queries";
import { route } from "./route";
import type { CompareSearch } from "./search";
import { metricsOf } from "./table/rows";
import { isEmpty } from "./views";

export interface Comparison {
  readonly search: CompareSearch;
  readonly members: readonly Member[];
  readonly shown: readonly Member[];
  /** How many a filter finds, of which the newest are here. */
  readonly total: number;
  /** Named in the address, and not there. */
  readonly missing: readonly string[];
  readonly baseline: Member | null;
  readonly levels: readonly Level[] | null;
  readonly series: readonly SharedSeries[];
  readonly differences: readonly Difference[] | null;
  readonly parameters: readonly Parameter[];
}

const NO_ROWS: readonly never[] = [];
const NO_RESULTS: Results = new Map();

/** The same list for as long as its texts are the same. */
function useStable(texts: readonly string[]): readonly string[] {
  const key = texts.join("\n");
  return useMemo(() => (key === "" ? [] : key.split("\n")), [key]);
}

/** What the runs reached in the metrics that may stand on an axis. */
export function useAxes(ids: readonly string[], series: readonly SharedSeries[], parameters: readonly Parameter[], enabled: boolean): readonly Axis[] {
  const language = useLanguage();
  const metrics = useMemo(() => metricsOf(series, ""), [series]);
  const names = useMemo(() => metrics.map(({ name }) => name), [metrics]);
  const { data: results = NO_RESULTS } = useQuery({ ...resultsQuery(ids, names), enabled: enabled && ids.length > 0 && names.length > 0 });
  return useMemo(() => axesOf(parameters, metrics, results, language), [parameters, metrics, results, language]);
}

/** Everything that the views of a comparison share. */
export function useComparison() {
  const search = route.useSearch();
  const chosen = useQuery(chosenQuery(search));
  const rows = chosen.data?.rows ?? NO_ROWS;
  const ids = useStable(rows.map(({ id }) => id));
  const { data: series = NO_ROWS } = useQuery(seriesQuery(search.run ?? ids));
  const { data: differences = null } = useQuery(differencesQuery(ids));
  const parameters = useMemo(() => parametersOf(differences ?? []), [differences]);
  const { ranges, by } = search;
  const axes = useAxes(ids, series, parameters, ranges !== undefined);
  const levels = useMemo(() => (by === undefined ? null : levelsOf(rows, by, parameters)), [rows, by, parameters]);
  const comparison = useMemo((): Comparison => {
    const members = membersOf(rows, { search, levels, isWithin: (run) => !ranges || isWithin(run, ranges, axes) });
    return {
      search,
      members,
      shown: members.filter(({ isShown }) => isShown),
      total: chosen.data?.total ?? 0,
      missing: (search.run ?? []).filter((id) => rows.every((row) => row.id !== id)),
      baseline: members.find(({ id }) => id === search.baseline) ?? null,
      levels,
      series,
      differences,
      parameters,
    };
  }, [rows, search, levels, ranges, axes, chosen.data, series, differences, parameters]);
  return { comparison, ids, isEmpty: isEmpty(search), query: chosen };
}
