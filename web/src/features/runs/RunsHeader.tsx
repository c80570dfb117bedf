import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ViewMenu } from "../../edits/views/ViewMenu";
import { FilterBar } from "./filter/FilterBar";
import { ImportButton } from "./ImportButton";
import { projectsQuery } from "./queries";
import { route, useViewChange } from "./route";
import styles from "./RunsPage.module.css";
import type { Imports } from "./use-imports";
import { useViewedPage } from "./views/use-viewed-page";
import { ViewTools, type ViewToolsProps } from "./ViewTools";

function Counts({ total, loaded }: { total: number; loaded: number }) {
  const { t } = useTranslation("runs");
  const { project, by, where, archived } = route.useSearch();
  const { data } = useQuery(projectsQuery());
  const chosen = (data?.items ?? []).filter((one) => project === undefined || one.name === project);
  const isAll = where === undefined && archived === undefined; // what is running is counted for whole projects only
  const running = isAll ? chosen.reduce((sum, one) => sum + one.running, 0) : 0;
  return (
    <span className={styles.count}>
      {by !== undefined && loaded < total ? t("loaded", { shown: loaded, total }) : t("count", { count: total })}
      {running > 0 ? ` · ${t("running", { count: running })}` : ""}
    </span>
  );
}

function Project() {
  const { t } = useTranslation("runs");
  const { project } = route.useSearch();
  const navigate = route.useNavigate();
  const { data } = useQuery(projectsQuery());
  const names = (data?.items ?? []).map((one) => one.name);
  return (
    <NativeSelect
      className={styles.project}
      size="xs"
      aria-label={t("project")}
      data={[{ value: "", label: t("allProjects") }, ...names.map((name) => ({ value: name, label: name }))]}
      value={project ?? ""}
      onChange={({ currentTarget: { value } }) => void navigate({ search: value === "" ? {} : { project: value } })}
    />
  );
}

interface RunsHeaderProps {
  /** Null while that is not known. */
  readonly counts: { readonly total: number; readonly loaded: number } | null;
  readonly imports: Imports;
  readonly tools: ViewToolsProps | null;
}

/** What is shown, and how it is chosen. */
export function RunsHeader({ counts, imports, tools }: RunsHeaderProps) {
  const { t } = useTranslation("runs");
  const { project, where, archived } = route.useSearch();
  const page = useViewedPage();
  const go = useViewChange();
  return (
    <header className={styles.top}>
      <div className={styles.header}>
        <h1 className={styles.title}>{t("title")}</h1>
        {counts ? <Counts {...counts} /> : null}
        <ViewMenu page={page} />
        <ImportButton className={styles.import} onFiles={imports.start} />
        <Project />
      </div>
      <div className={styles.header}>
        <div className={styles.filter}>
          <FilterBar where={where} project={project} total={null} archived={archived} onChange={(next) => go({ where: next })} />
        </div>
        {tools ? <ViewTools {...tools} /> : null}
      </div>
    </header>
  );
}
