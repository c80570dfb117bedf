import { Skeleton, Tabs } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, type RunDetail } from "../../api/client";
import { useWatch } from "../../series/live-context";
import { Notice } from "../../ui/Notice";
import { ChartSections } from "./ChartSections";
import { ConfigTab } from "./ConfigTab";
import { ConsoleTab } from "./console/ConsoleTab";
import { HistoryTab } from "./history/HistoryTab";
import { hasConsoleQuery, runQuery } from "./queries";
import { route, useViewChange } from "./route";
import { RunHeader } from "./RunHeader";
import styles from "./RunPage.module.css";
import { TABS } from "./search";

function Loading() {
  return (
    <div className={styles.loading} aria-busy="true">
      <Skeleton height={28} width={280} />
      <Skeleton height={40} />
      <Skeleton height={220} />
      <Skeleton height={220} />
    </div>
  );
}

/** A run that printed nothing has no console. */
function RunTabs({ run }: { run: string }) {
  const { t } = useTranslation("run");
  const { tab } = route.useSearch();
  const { data: hasConsole } = useQuery(hasConsoleQuery(run));
  const change = useViewChange();
  const shown = TABS.filter((one) => one !== "console" || hasConsole || tab === "console");
  return (
    <Tabs value={tab ?? "charts"} onChange={(value) => change({ tab: TABS.find((one) => one === value) })}>
      <Tabs.List className={styles.tabs} aria-label={t("tabs.label")}>
        <Tabs.Tab value="charts">{t("tabs.charts")}</Tabs.Tab>
        {shown.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {t(`tabs.${one}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}

function Part({ run }: { run: RunDetail }) {
  const { tab } = route.useSearch();
  if (tab === "console") return <ConsoleTab key={run.id} run={run} />;
  if (tab === "history") return <HistoryTab key={run.id} run={run} />;
  return tab === "config" ? <ConfigTab run={run} /> : <ChartSections key={run.id} run={run} />;
}

/** One run: how it stands, its curves, what it printed, what became of it, and its settings. */
export default function RunPage() {
  const { t } = useTranslation("run");
  const { runId } = route.useParams();
  const { tab } = route.useSearch();
  const { data, error, refetch } = useQuery(runQuery(runId));
  useDocumentTitle(data ? `${data.name} · yoloscope` : "yoloscope");
  useWatch(useMemo(() => [runId], [runId]));
  if (!data) {
    if (!error) return <Loading />;
    const missing = error instanceof ApiError && error.status === 404;
    if (missing) return <Notice title={t("missing")} />;
    return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  }
  return (
    <div className={styles.page} data-filled={tab === "console"}>
      <RunHeader run={data} />
      <RunTabs run={runId} />
      <Part run={data} />
    </div>
  );
}
