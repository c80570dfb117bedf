import { Button, SegmentedControl, Skeleton, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "../../../lib/clipboard";
import { CheckIcon, CopyIcon, SearchIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import { resultsQuery, type Results } from "../../../panels/results";
import { useChange } from "../route";
import type { Comparison } from "../use-comparison";
import { csvOf, metricsOf, rowsOf, sortedRuns, sortFrom } from "./rows";
import { RunsAcross, RunsDown } from "./Tables";
import styles from "./TableTab.module.css";

const NO_RESULTS: Results = new Map();
const ACROSS_MOST = 6; // more runs than this stand below one another

function useTable({ search, series, shown, members, baseline }: Comparison) {
  const metrics = useMemo(() => metricsOf(series, search.find ?? ""), [series, search.find]);
  const [ids, names] = useMemo(() => [members.map(({ id }) => id), metrics.map(({ name }) => name)], [members, metrics]);
  const { data: results = NO_RESULTS, error, isPending } = useQuery(resultsQuery(ids, names));
  const which: "best" | "last" = search.value ?? "best";
  const { sort } = search;
  const base = baseline?.id ?? null;
  const table = useMemo(() => {
    const ask = { runs: shown.map(({ id }) => id), baseline: base, which };
    const rows = rowsOf(metrics, results, ask).filter(({ cells }) => [...cells.values()].some(({ value }) => value !== null));
    return { rows, runs: sortedRuns(shown, rows, sortFrom(sort)) };
  }, [metrics, results, shown, base, which, sort]);
  return { ...table, error, isPending: isPending && (names.length > 0 || series.length === 0) };
}

function CopyCsv({ csv }: { csv: () => string }) {
  const { t } = useTranslation("compare");
  const [done, setDone] = useState(false);
  return (
    <Button
      className={styles.copy}
      size="compact-sm"
      variant="default"
      leftSection={done ? <CheckIcon /> : <CopyIcon />}
      onClick={() => void copyText(csv()).then(setDone)}
      onBlur={() => setDone(false)}
    >
      {t(done ? "table.copied" : "table.copy")}
    </Button>
  );
}

/** What each run reached, the best of each metric in bold, with the difference to the baseline. */
export default function TableTab({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  const { search, baseline } = comparison;
  const { rows, runs, error, isPending } = useTable(comparison);
  const Table = runs.length > ACROSS_MOST ? RunsDown : RunsAcross;
  return (
    <div className={styles.tab}>
      <div className={styles.bar} role="toolbar" aria-label={t("table.toolbar")}>
        <SegmentedControl
          size="xs"
          withItemsBorders={false}
          aria-label={t("table.value")}
          data={[
            { value: "best", label: t("table.best") },
            { value: "last", label: t("table.last") },
          ]}
          value={search.value ?? "best"}
          onChange={(value) => change({ value: value === "last" ? "last" : undefined })}
        />
        <TextInput
          className={styles.find}
          size="xs"
          type="search"
          aria-label={t("table.find")}
          placeholder={t("table.find")}
          leftSection={<SearchIcon />}
          defaultValue={search.find ?? ""}
          onChange={(event) => change({ find: event.currentTarget.value === "" ? undefined : event.currentTarget.value })}
        />
        <CopyCsv csv={() => csvOf(runs, rows)} />
        <span className={styles.hint}>{baseline === null ? t("table.noBaseline") : t("table.against", { name: baseline.short })}</span>
      </div>
      {error && rows.length === 0 ? <Notice title={t("error")} detail={error.message} /> : null}
      {isPending && !error ? <Skeleton height={240} /> : null}
      {!error && !isPending && rows.length === 0 ? <Notice title={t("table.none")} /> : null}
      {rows.length > 0 ? <Table runs={runs} rows={rows} sort={sortFrom(search.sort)} baseline={baseline?.id ?? null} /> : null}
    </div>
  );
}
