import { Select, Skeleton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { useLiveState } from "../../series/live-context";
import { Notice } from "../../ui/Notice";
import styles from "./Autopilot.module.css";
import { EventList } from "./EventList";
import { MeasureCard } from "./MeasureCard";
import { measuresQuery, projectsQuery } from "./queries";

const route = getRouteApi("/autopilot");

function Body({ project }: { project: string }) {
  const { t } = useTranslation("autopilot");
  const { data, error, refetch } = useQuery(measuresQuery(project, useLiveState() === "connected"));
  if (error && !data) {
    if (error instanceof ApiError && error.status === 404) return <Notice title={t("noProject", { project })} detail={t("noProjectWhy")} />;
    return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  }
  if (!data) return <Skeleton height={420} />;
  return (
    <>
      <ul className={styles.measures}>
        {data.measures.map((measure) => (
          <MeasureCard key={measure.measure} project={project} measure={measure} />
        ))}
      </ul>
      <EventList events={data.events} measures={data.measures} />
    </>
  );
}

/** What the server may do to a project's trainings by itself, and what it did. */
export default function AutopilotPage() {
  const { t } = useTranslation("autopilot");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: projects, error, refetch } = useQuery(projectsQuery());
  const names = projects?.items.map(({ name }) => name) ?? [];
  const project = search.project ?? names[0];
  useDocumentTitle(`${t("title")} · yoloscope`);
  if (error && !projects) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  if (!projects) return null;
  if (project === undefined) return <Notice title={t("noProjects")} detail={t("noProjectWhy")} />;
  const listed = names.includes(project) ? names : [project, ...names];
  return (
    <article className={styles.page}>
      <header className={styles.header}>
        <h1>{t("title")}</h1>
        <Select
          size="xs"
          aria-label={t("project")}
          data={listed}
          value={project}
          allowDeselect={false}
          searchable={listed.length > 8}
          onChange={(next) => (next === null ? undefined : void navigate({ search: { project: next } }))}
        />
      </header>
      <p className={styles.intro}>{t("what")}</p>
      <Body key={project} project={project} />
    </article>
  );
}
