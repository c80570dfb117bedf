import { Skeleton, Tabs } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { lazy, Suspense, type ComponentType, type LazyExoticComponent } from "react";
import { useTranslation } from "react-i18next";
import { useWatch } from "../../series/live-context";
import { Notice } from "../../ui/Notice";
import styles from "./ComparePage.module.css";
import { EmptyCompare } from "./EmptyCompare";
import { useChange } from "./route";
import { RunsPanel } from "./RunsPanel";
import { TAB_IDS, type TabId } from "./tab-ids";
import { useComparison, type Comparison } from "./use-comparison";

const CONTENTS: Record<TabId, LazyExoticComponent<ComponentType<{ comparison: Comparison }>>> = {
  curves: lazy(() => import("./curves/CurvesTab")),
  table: lazy(() => import("./table/TableTab")),
  differences: lazy(() => import("./differences/DifferencesTab")),
  parallel: lazy(() => import("./relations/ParallelTab")),
  scatter: lazy(() => import("./relations/ScatterTab")),
  importance: lazy(() => import("./relations/ImportanceTab")),
};

function Views({ shown }: { shown: TabId }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  return (
    <Tabs value={shown} onChange={(value) => change({ tab: TAB_IDS.find((one) => one === value) })}>
      <Tabs.List className={styles.tabs} aria-label={t("tabs.label")}>
        {TAB_IDS.map((id) => (
          <Tabs.Tab key={id} value={id}>
            {t(`tabs.${id}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}

function Loading() {
  return (
    <div className={styles.loading} aria-busy="true">
      <Skeleton height={28} width={280} />
      <Skeleton height={220} />
      <Skeleton height={220} />
    </div>
  );
}

function View({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const shown = comparison.search.tab ?? TAB_IDS[0];
  const Content = CONTENTS[shown];
  return (
    <div className={styles.view}>
      <Views shown={shown} />
      {comparison.shown.length === 0 ? (
        <Notice title={t("allHidden.title")} detail={t("allHidden.text")} />
      ) : (
        <Suspense fallback={<Loading />}>
          <Content comparison={comparison} />
        </Suspense>
      )}
    </div>
  );
}

/** Runs held against each other: curves, what they reached, how they differ, and what made the difference. */
export default function ComparePage() {
  const { t } = useTranslation("compare");
  const { comparison, ids, isEmpty, query } = useComparison();
  useDocumentTitle(`${t("title")} · yoloscope`);
  useWatch(ids);
  if (isEmpty) return <EmptyCompare />;
  if (!query.data) {
    if (!query.error) return <Loading />;
    return <Notice title={t("error")} detail={query.error.message} action={{ label: t("retry"), run: () => void query.refetch() }} />;
  }
  return (
    <div className={styles.page}>
      <RunsPanel comparison={comparison} />
      {comparison.members.length === 0 ? <Notice title={t("none.title")} detail={t("none.text")} /> : <View comparison={comparison} />}
    </div>
  );
}
