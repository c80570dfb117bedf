import { Skeleton, Tabs } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { useWatch } from "../../series/live-context";
import { Notice } from "../../ui/Notice";
import { ChartSections } from "./ChartSections";
import { ConfigTab } from "./ConfigTab";
import { runQuery } from "./queries";
import { route, useViewChange } from "./route";
import { RunHeader } from "./RunHeader";
import styles from "./RunPage.module.css";

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

function RunTabs() {
  const { t } = useTranslation("run");
  const { tab } = route.useSearch();
  const change = useViewChange();
  return (
    <Tabs value={tab ?? "charts"} onChange={(value) => change({ tab: value === "config" ? "config" : undefined })}>
      <Tabs.List className={styles.tabs} aria-label={t("tabs.label")}>
        <Tabs.Tab value="charts">{t("tabs.charts")}</Tabs.Tab>
        <Tabs.Tab value="config">{t("tabs.config")}</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  );
}

/** One run: how it stands, its curves and its settings. */
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
    <div className={styles.page}>
      <RunHeader run={data} />
      <RunTabs />
      {tab === "config" ? <ConfigTab run={data} /> : <ChartSections key={runId} run={data} />}
    </div>
  );
}
