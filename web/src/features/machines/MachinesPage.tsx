import { SegmentedControl, Skeleton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MachineRow } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { useLiveState } from "../../series/live-context";
import { Notice } from "../../ui/Notice";
import { useNow } from "../../ui/use-now";
import { formatDuration } from "../../lib/format";
import { roughly } from "../../machines/derive";
import { machinesQuery } from "../../machines/queries";
import { freeFirst, inOrder, nextFree, totalsOf, type Forecast, type Outlook } from "./derive";
import { EmptyMachines } from "./EmptyMachines";
import { HostPanel } from "./HostPanel";
import styles from "./Machines.module.css";
import { outlookQuery } from "./queries";

const CLOCK_MS = 20_000;
const LEGEND = ["rest", "1", "2", "3", "4", "held"] as const;
const NO_OUTLOOK: Outlook = { forecast: {}, releasable: {} };

const route = getRouteApi("/machines");

function SortChoice() {
  const { t } = useTranslation("machines");
  const { sort } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <SegmentedControl
      size="xs"
      withItemsBorders={false}
      aria-label={t("sort.label")}
      data={[
        { value: "name", label: t("sort.name") },
        { value: "free", label: <span data-testid="sort-free">{t("sort.free")}</span> },
      ]}
      value={sort ?? "name"}
      onChange={(value) => void navigate({ search: value === "free" ? { sort: value } : {}, replace: true, resetScroll: false })}
    />
  );
}

/** When the next card is free, while none is. */
function useNextFree(machines: readonly MachineRow[], forecast: Forecast): string[] {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  const seconds = nextFree(machines, forecast);
  if (seconds === null || seconds === 0) return [];
  const span = roughly(seconds);
  return [span === null ? t("nextSoon") : t("nextIn", { span: formatDuration(span, language) })];
}

function Header({ machines, forecast }: { machines: readonly MachineRow[]; forecast: Forecast }) {
  const { t } = useTranslation("machines");
  const { cards, idle, reserved, paused, away } = totalsOf(machines);
  const next = useNextFree(machines, forecast);
  const said = [
    cards > 0 ? t("idleOf", { idle, count: cards }) : t("hosts", { count: machines.length }),
    ...next,
    ...(reserved > 0 ? [t("reserved", { count: reserved })] : []),
    ...(paused > 0 ? [t("paused", { count: paused })] : []),
    ...(away > 0 ? [t("away", { count: away })] : []),
  ];
  return (
    <header className={styles.header}>
      <h1 className={styles.title}>{t("title")}</h1>
      <span className={styles.totals} data-testid="totals">
        {said.join(" · ")}
      </span>
      {cards > 0 ? <Legend /> : null}
      {cards > 1 ? <SortChoice /> : null}
    </header>
  );
}

function Legend() {
  const { t } = useTranslation("machines");
  return (
    <span className={styles.legend}>
      <span className={styles.swatches} aria-hidden="true">
        {LEGEND.slice(0, -1).map((level) => (
          <svg key={level} viewBox="0 0 1 1">
            <path data-level={level} d="M0 0H1V1H0z" />
          </svg>
        ))}
      </span>
      {t("legend.scale")}
      <span className={styles.swatches} aria-hidden="true">
        <svg viewBox="0 0 1 1">
          <path data-level="held" d="M0 0H1V1H0z" />
        </svg>
      </span>
      {t("legend.held")}
    </span>
  );
}

function Columns() {
  const { t } = useTranslation("machines");
  return (
    <div className={styles.columns} aria-hidden="true">
      <span>{t("columns.card")}</span>
      <span>{t("columns.user")}</span>
      <span>{t("columns.use")}</span>
      <span>{t("columns.memory")}</span>
      <span data-numeric="true">{t("columns.heat")}</span>
      <span>{t("columns.day")}</span>
    </div>
  );
}

function Loading() {
  const { t } = useTranslation();
  return (
    <div className={styles.loading} role="status" aria-label={t("loading")}>
      {Array.from({ length: 4 }, (_, row) => (
        <Skeleton key={row} height={120} radius="sm" />
      ))}
    </div>
  );
}

function Machines() {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  const now = useNow(CLOCK_MS);
  const connected = useLiveState() === "connected";
  const { sort } = route.useSearch();
  const { data, error, refetch } = useQuery(machinesQuery(connected));
  const { data: outlook = NO_OUTLOOK } = useQuery(outlookQuery(connected));
  const { forecast } = outlook;
  const named = useMemo(() => (data ? inOrder(data, language) : null), [data, language]);
  const machines = useMemo(() => (named && sort === "free" ? freeFirst(named, forecast) : named), [named, sort, forecast]);
  if (machines === null) {
    if (!error) return <Loading />;
    return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  }
  if (machines.length === 0) return <EmptyMachines />;
  return (
    <>
      <Header machines={machines} forecast={forecast} />
      {machines.some((one) => one.cards.length > 0) ? <Columns /> : null}
      {machines.map((machine) => (
        <HostPanel key={machine.host} machine={machine} now={now} outlook={outlook} />
      ))}
    </>
  );
}

/** Every machine that reports: which card is used by which run since when, and which is free. */
export default function MachinesPage() {
  const { t } = useTranslation("machines");
  useDocumentTitle(`${t("title")} · yoloscope`);
  return (
    <div className={styles.page}>
      <Machines />
    </div>
  );
}
