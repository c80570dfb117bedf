import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import type { MediaName, RunDetail } from "../../api/client";
import { hasClasses } from "./classes/there";
import { hasFiles, hasKinds, hasModel } from "./items-there";
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
const hasSystem = ({ run }: TabFacts) => run.series.some(({ family }) => family === "system");

const wasJudged = ({ run }: TabFacts) => run.health !== null;

export const TABS: readonly Tab[] = [
  { id: "overview", isThere: always, Content: lazy(() => import("./overview/OverviewTab")) },
  { id: "diagnosis", isThere: wasJudged, Content: lazy(() => import("./diagnosis/DiagnosisTab")) },
  { id: "charts", isThere: always, Content: lazy(() => import("./ChartSections")) },
  { id: "classes", isThere: hasClasses, Content: lazy(() => import("./classes/ClassesTab")) },
  { id: "images", isThere: hasKinds("image"), Content: lazy(() => import("./images/ImagesTab")) },
  { id: "model", isThere: hasModel, Content: lazy(() => import("./model/ModelTab")) },
  { id: "files", isThere: hasFiles, Content: lazy(() => import("./files/FilesTab")) },
  { id: "system", isThere: hasSystem, Content: lazy(() => import("./system/SystemTab")) },
  { id: "config", isThere: always, Content: lazy(() => import("./ConfigTab")) },
  { id: "console", isThere: ({ hasConsole }) => hasConsole, Content: lazy(() => import("./console/ConsoleTab")), fills: true },
  { id: "history", isThere: always, Content: lazy(() => import("./history/HistoryTab")) },
];
