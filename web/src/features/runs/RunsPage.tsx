import { Select, Skeleton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Notice } from "../../ui/Notice";
import { rowsOf } from "./derive";
import { EmptyRuns } from "./EmptyRuns";
import { ImportArea } from "./ImportArea";
import { ImportButton } from "./ImportButton";
import { projectsQuery, runsQuery } from "./queries";
import styles from "./RunsPage.module.css";
import { RunTable } from "./RunTable";
import { useImports, type Imports } from "./use-imports";

const route = getRouteApi("/");

function useProjects() {
  const { data } = useQuery(projectsQuery());
  return useMemo(() => data?.items ?? [], [data]);
}

function Header({ shown, imports }: { shown: number; imports: Imports }) {
  const { t } = useTranslation("runs");
  const { project } = route.useSearch();
  const navigate = route.useNavigate();
  const projects = useProjects();
  const chosen = projects.filter((one) => project === undefined || one.name === project);
  const total = Math.max(shown, chosen.reduce((sum, one) => sum + one.runs, 0));
  const running = chosen.reduce((sum, one) => sum + one.running, 0);
  return (
    <header className={styles.header}>
      <h1 className={styles.title}>{t("title")}</h1>
      <span className={styles.count}>
        {shown < total ? t("loaded", { shown, total }) : t("count", { count: total })}
        {running > 0 ? ` · ${t("running", { count: running })}` : ""}
      </span>
      <ImportButton className={styles.import} onFiles={imports.start} />
      <Select
        className={styles.project}
        size="xs"
        aria-label={t("project")}
        placeholder={t("allProjects")}
        data={projects.map((one) => one.name)}
        value={project ?? null}
        onChange={(name) => void navigate({ search: name === null ? {} : { project: name } })}
        clearable
        searchable={projects.length > 8}
      />
    </header>
  );
}

function NoRuns({ imports }: { imports: Imports }) {
  const { t } = useTranslation("runs");
  const { project } = route.useSearch();
  const navigate = route.useNavigate();
  if (project === undefined) return <EmptyRuns onFiles={imports.start} />;
  return (
    <Notice
      title={t("empty.filtered", { project })}
      action={{ label: t("empty.showAll"), run: () => void navigate({ search: {} }) }}
    />
  );
}

function Rows({ imports }: { imports: Imports }) {
  const { t } = useTranslation("runs");
  const { project } = route.useSearch();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(runsQuery(project));
  const runs = useMemo(() => (data ? rowsOf(data.pages) : null), [data]);
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  if (runs === null) {
    if (!error) return <Loading />;
    return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  }
  if (runs.length === 0) return <NoRuns imports={imports} />;
  return (
    <>
      <Header shown={runs.length} imports={imports} />
      <RunTable runs={runs} withProject={project === undefined} loadMore={hasNextPage && !isFetchingNextPage ? more : null} />
    </>
  );
}

function Loading() {
  const { t } = useTranslation();
  return (
    <div className={styles.loading} role="status" aria-label={t("loading")}>
      {Array.from({ length: 12 }, (_, row) => (
        <Skeleton key={row} height={24} radius="sm" />
      ))}
    </div>
  );
}

/** The list of trainings, of all projects or of one. */
export default function RunsPage() {
  const { project } = route.useSearch();
  const imports = useImports();
  useDocumentTitle(project === undefined ? "yoloscope" : `${project} · yoloscope`);
  return (
    <div className={styles.page}>
      <Rows imports={imports} />
      <ImportArea imports={imports} />
    </div>
  );
}
