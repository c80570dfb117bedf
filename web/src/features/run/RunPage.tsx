import { Skeleton, Tabs } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, type MediaName, type RunDetail } from "../../api/client";
import { itemNamesQuery } from "../../items/queries";
import { useWatch } from "../../series/live-context";
import { Notice } from "../../ui/Notice";
import { hasConsoleQuery, runQuery } from "./queries";
import { route, useViewChange } from "./route";
import { RunHeader } from "./RunHeader";
import styles from "./RunPage.module.css";
import { TAB_IDS, type TabId } from "./tab-ids";
import { TABS, type Tab } from "./tabs";
import { useTabCommands } from "./use-view-commands";

const NO_ITEMS: readonly MediaName[] = [];

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

function RunTabs({ tabs, shown }: { tabs: readonly Tab[]; shown: TabId }) {
  const { t } = useTranslation("run");
  const change = useViewChange();
  const list = useRef<HTMLDivElement>(null);
  useTabCommands(tabs.filter(({ id }) => id !== shown).map(({ id }) => id));
  useEffect(() => {
    const at = tabs.findIndex(({ id }) => id === shown);
    list.current?.children[at]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [shown, tabs]);
  return (
    <Tabs value={shown} onChange={(value) => change({ tab: TAB_IDS.find((one) => one === value && one !== tabs[0]?.id) })}>
      <Tabs.List ref={list} className={styles.tabs} aria-label={t("tabs.label")}>
        {tabs.map(({ id }) => (
          <Tabs.Tab key={id} value={id}>
            {t(`tabs.${id}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}

/** The tabs that this run has something for, and the one that the address names even if it has nothing yet. */
function useTabs(run: RunDetail | undefined, id: string): readonly Tab[] {
  const { tab } = route.useSearch();
  const { data: hasConsole = false } = useQuery(hasConsoleQuery(id));
  const { data: items = NO_ITEMS } = useQuery(itemNamesQuery(id));
  return run ? TABS.filter((one) => one.id === tab || one.isThere({ run, items, hasConsole })) : TABS;
}

/** One run: how it stands, its curves, what it printed, what became of it, and its settings. */
export default function RunPage() {
  const { t } = useTranslation("run");
  const { runId } = route.useParams();
  const { tab } = route.useSearch();
  const toRuns = useNavigate();
  const { data, error, refetch } = useQuery(runQuery(runId));
  const tabs = useTabs(data, runId);
  const shown = tabs.find(({ id }) => id === tab) ?? tabs[0];
  useDocumentTitle(data ? `${data.name} · yoloscope` : "yoloscope");
  useWatch(useMemo(() => [runId], [runId]));
  if (!data) {
    if (!error) return <Loading />;
    const missing = error instanceof ApiError && error.status === 404;
    if (missing) return <Notice title={t("missing")} action={{ label: t("back"), run: () => void toRuns({ to: "/" }) }} />;
    return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  }
  return (
    <div className={styles.page} data-filled={shown?.fills ?? false}>
      <RunHeader run={data} />
      {shown ? (
        <>
          <RunTabs tabs={tabs} shown={shown.id} />
          <Suspense fallback={<Loading />}>
            <shown.Content key={data.id} run={data} />
          </Suspense>
        </>
      ) : null}
    </div>
  );
}
