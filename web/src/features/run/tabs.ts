import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import type { MediaName, RunDetail } from "../../api/client";
import type { TabId } from "./tab-ids";

/** What decides whether a run has a tab: one without data does not exist. */
export interface TabFacts {
  readonly run: RunDetail;
  readonly items: readonly MediaName[];
  readonly hasConsole: boolean;
}

export interface Tab {
  readonly id: TabId;
  readonly isThere: (facts: TabFacts) => boolean;
  readonly Content: LazyExoticComponent<ComponentType<{ run: RunDetail }>>;
  /** Whether it fills the height of the page and scrolls by itself. */
  readonly fills?: true;
}

const always = () => true;

export const TABS: readonly Tab[] = [
  { id: "charts", isThere: always, Content: lazy(() => import("./ChartSections")) },
  { id: "config", isThere: always, Content: lazy(() => import("./ConfigTab")) },
  { id: "console", isThere: ({ hasConsole }) => hasConsole, Content: lazy(() => import("./console/ConsoleTab")), fills: true },
  { id: "history", isThere: always, Content: lazy(() => import("./history/HistoryTab")) },
];
