import { Skeleton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { Notice } from "../../ui/Notice";
import { EmptyRuns } from "./EmptyRuns";
import { ImportArea } from "./ImportArea";
import { projectsQuery } from "./queries";
import { route, useViewChange } from "./route";
import { RunList } from "./RunList";
import styles from "./RunsPage.module.css";
import { useImports, type Imports } from "./use-imports";
import { useRuns } from "./use-runs";

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

function Failed({ error, retry }: { error: Error; retry: () => void }) {
  const { t } = useTranslation("runs");
  const { where } = route.useSearch();
  const go = useViewChange();
  const isFilter = error instanceof ApiError && error.field === "where" && where !== undefined;
  const action = isFilter ? { label: t("nothing.clear"), run: () => go({ where: undefined }) } : { label: t("retry"), run: retry };
  return <Notice title={t(isFilter ? "nothing.badFilter" : "error")} detail={isFilter ? undefined : error.message} action={action} />;
}

/** Whether nothing was ever recorded; null while that is not known. */
function useIsNew(): boolean | null {
  const { project, where, archived } = route.useSearch();
  const { data } = useQuery(projectsQuery());
  if (where !== undefined || archived !== undefined || project !== undefined) return false;
  return data ? data.items.every((one) => one.runs === 0) : null;
}

/** The head stays one and the same while runs come in: a filter may be under way in it. */
function Rows({ imports }: { imports: Imports }) {
  const of = useRuns();
  const isNew = useIsNew();
  const isEmpty = of.runs?.length === 0;
  if (isEmpty && isNew) return <EmptyRuns onFiles={imports.start} />;
  const instead = of.runs === null && of.error ? <Failed error={of.error} retry={of.retry} /> : <Loading />;
  return <RunList runs={isEmpty && isNew === null ? null : of.runs} instead={instead} of={of} imports={imports} />;
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
