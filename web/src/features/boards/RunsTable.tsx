import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../i18n/use-language";
import { formatNumber, formatRelative, NO_VALUE } from "../../lib/format";
import { resultsQuery, type Results } from "../../panels/results";
import type { SharedSeries } from "../../panels/shared-series";
import { Swatch } from "../../panels/Swatch";
import { runTone } from "../../ui/run-tone";
import { StateBadge } from "../../ui/StateBadge";
import { useNow } from "../../ui/use-now";
import { tableMetrics } from "./plan";
import { route, useChange } from "./route";
import styles from "./RunsTable.module.css";
import type { BoardData, Member } from "./use-board-data";

const MOST_METRICS = 6;
const CLOCK_MS = 20_000;
const NO_RESULTS: Results = new Map();
const NONE: readonly string[] = [];

const reached = (results: Results, run: string, metric: string): number | null => {
  const of = results.get(run)?.get(metric);
  return of?.best ?? of?.last ?? null;
};

function bestRuns(members: readonly Member[], results: Results, { name, direction }: SharedSeries): ReadonlySet<string> {
  const values = members.map(({ id }) => reached(results, id, name)).filter((value): value is number => value !== null && Number.isFinite(value));
  const best = direction === "lower" ? Math.min(...values) : Math.max(...values);
  if (new Set(values).size < 2) return new Set();
  return new Set(members.filter(({ id }) => reached(results, id, name) === best).map(({ id }) => id));
}

function Visibility({ member }: { member: Member }) {
  const { t } = useTranslation("boards");
  const { hidden = NONE } = route.useSearch();
  const change = useChange();
  const { id, isShown, row } = member;
  const toggled = isShown ? [...hidden, id] : hidden.filter((one) => one !== id);
  return (
    <button
      type="button"
      className={styles.eye}
      aria-pressed={isShown}
      aria-label={t("table.show", { name: row.name })}
      title={t(isShown ? "table.hide" : "table.hidden")}
      onClick={() => change({ hidden: toggled.length > 0 ? toggled : undefined })}
    >
      <Swatch color={member.color} pale={!isShown} />
    </button>
  );
}

function useMetrics({ plans, series, members }: BoardData) {
  const metrics = useMemo(() => tableMetrics(plans, series, MOST_METRICS), [plans, series]);
  const names = useMemo(() => metrics.map(({ name }) => name), [metrics]);
  const ids = useMemo(() => members.map(({ id }) => id), [members]);
  const { data: results = NO_RESULTS } = useQuery(resultsQuery(ids, names));
  const best = useMemo(() => new Map(metrics.map((metric) => [metric.name, bestRuns(members, results, metric)])), [metrics, members, results]);
  return { metrics, results, best };
}

interface RowProps {
  readonly member: Member;
  readonly shown: ReturnType<typeof useMetrics>;
  readonly now: number;
}

function Row({ member, shown: { metrics, results, best }, now }: RowProps) {
  const { t } = useTranslation("states");
  const language = useLanguage();
  return (
    <tr data-hidden={!member.isShown} data-testid="board-run">
      <th scope="row">
        <span className={styles.run}>
          <Visibility member={member} />
          <Link to="/runs/$runId" params={{ runId: member.id }} className={styles.link} title={member.row.name}>
            {member.row.name}
          </Link>
        </span>
      </th>
      <td>
        <StateBadge label={t(member.row.state)} tone={runTone(member.row.state)} />
      </td>
      <td className={styles.number}>{member.row.epochs === null ? member.row.epoch : `${member.row.epoch} / ${member.row.epochs}`}</td>
      {metrics.map(({ name }) => {
        const value = reached(results, member.id, name);
        return (
          <td key={name} className={styles.number} data-best={best.get(name)?.has(member.id) ?? false}>
            {value === null ? NO_VALUE : formatNumber(value, language)}
          </td>
        );
      })}
      <td className={styles.number}>{formatRelative(Date.parse(member.row.updated), now, language)}</td>
    </tr>
  );
}

/** The runs that the charts draw, which colour each has, and what they reached. */
export function RunsTable({ data }: { data: BoardData }) {
  const { t } = useTranslation("boards");
  const language = useLanguage();
  const now = useNow(CLOCK_MS);
  const shown = useMetrics(data);
  if (data.members.length === 0) return null;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a table that scrolls sideways must be scrolled by keyboard too
    <section className={styles.frame} aria-label={t("table.title")} tabIndex={0}>
      <table className={styles.table}>
        <caption className={styles.caption}>{t("table.title")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("table.run")}</th>
            <th scope="col">{t("table.state")}</th>
            <th scope="col" className={styles.number}>
              {t("table.epoch")}
            </th>
            {shown.metrics.map(({ name, title, direction }) => (
              <th key={name} scope="col" className={styles.number} title={name}>
                {title[language]} <span aria-hidden="true">{direction === "lower" ? "↓" : "↑"}</span>
              </th>
            ))}
            <th scope="col" className={styles.number}>
              {t("table.updated")}
            </th>
          </tr>
        </thead>
        <tbody>
          {data.members.map((member) => (
            <Row key={member.id} member={member} shown={shown} now={now} />
          ))}
        </tbody>
      </table>
    </section>
  );
}
