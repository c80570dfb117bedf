import { Select, Skeleton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../i18n/use-language";
import { ApiError } from "../../api/client";
import { Notice } from "../../ui/Notice";
import { ActsSection } from "./ActsSection";
import { Forest } from "./Forest";
import { estimateOf, parted, SIDE_RUNS, stillNeeded, type Estimate } from "./forest";
import styles from "./Learnt.module.css";
import { learntQuery, projectsQuery, type Effect, type Learnt, type OnData } from "./queries";

const route = getRouteApi("/learnt");
const METRICS = ["metrics/mAP50-95", "metrics/mAP50", "metrics/precision", "metrics/recall"] as const;

function useEstimates(effects: readonly Effect[], points: boolean): Estimate[] {
  return useMemo(() => effects.flatMap((effect) => estimateOf(effect, points) ?? []), [effects, points]);
}

/** Comparisons that cannot be tested yet: what each still needs. */
function Untested({ effects, isAll }: { effects: readonly Effect[]; isAll: boolean }) {
  const { t } = useTranslation("learnt");
  if (effects.length === 0) return null;
  return (
    <details className={styles.untested} open={isAll}>
      <summary>{t("untested", { count: effects.length })}</summary>
      <ul>
        {effects.map((effect) => (
          <li key={`${effect.setting}/${effect.from.text}/${effect.to.text}`}>
            <code>{effect.setting}</code>{" "}
            {t("sides", { from: effect.from.text, to: effect.to.text, nFrom: effect.n_from, nTo: effect.n_to })}
            {stillNeeded(effect) > 0 ? ` ${t("needed", { count: stillNeeded(effect) })}` : ` ${t("noScatter")}`}
          </li>
        ))}
      </ul>
    </details>
  );
}

function DataSection({ of, learnt }: { of: OnData; learnt: Learnt }) {
  const { t } = useTranslation("learnt");
  const { sure, open, untested } = useMemo(() => parted(of.effects), [of.effects]);
  const [sureOnes, openOnes] = [useEstimates(sure, learnt.metric.points), useEstimates(open, learnt.metric.points)];
  return (
    <section className={styles.data}>
      <h2>
        {of.data === null ? t("dataUnknown") : t("data", { id: of.data.id.slice(0, 12) })}
        <span>
          {of.data?.train_images ? `${t("images", { train: of.data.train_images, val: of.data.val_images ?? 0 })} · ` : ""}
          {t("runs", { count: of.runs })}
        </span>
      </h2>
      {sureOnes.length + openOnes.length === 0 ? <p className={styles.nothing}>{t("nothingHere", { count: SIDE_RUNS })}</p> : null}
      <Forest title={t("sure")} estimates={sureOnes} learnt={learnt} />
      <Forest title={t("open")} estimates={openOnes} learnt={learnt} />
      <Untested effects={untested} isAll={sureOnes.length + openOnes.length === 0} />
      {of.labels.length > 0 ? <p className={styles.aside}>{t("labels", { names: of.labels.join(", ") })}</p> : null}
    </section>
  );
}

function Basis({ learnt }: { learnt: Learnt }) {
  const { t } = useTranslation("learnt");
  const language = useLanguage();
  const { counted, ignored } = learnt.runs;
  const left = ignored.reduce((sum, { count }) => sum + count, 0);
  return (
    <div className={styles.basis}>
      <p>
        {[t("basis", { count: counted, metric: learnt.metric.title[language] }), t("comparisons", { count: learnt.comparisons })].join(language === "zh" ? "" : " ")}
      </p>
      {left > 0 ? (
        <details>
          <summary>{t("leftOut", { count: left })}</summary>
          <ul>
            {ignored.map(({ reason, count, text }) => (
              <li key={reason}>
                <b>{count}</b> {text[language]}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      <p className={styles.aside}>{t("honesty")}</p>
    </div>
  );
}

function Choice({ project, metric, projects }: { project: string; metric: string | undefined; projects: readonly string[] }) {
  const { t } = useTranslation("learnt");
  const navigate = route.useNavigate();
  const go = (next: { project: string; metric?: string | undefined }) => void navigate({ search: { ...next, metric: next.metric === METRICS[0] ? undefined : next.metric } });
  return (
    <div className={styles.choice}>
      <Select
        size="xs"
        label={t("project")}
        data={[...projects]}
        value={project}
        allowDeselect={false}
        searchable={projects.length > 8}
        onChange={(next) => (next === null ? undefined : go({ project: next, metric }))}
      />
      <Select
        size="xs"
        label={t("judgedBy")}
        data={[...new Set([...METRICS, ...(metric === undefined ? [] : [metric])])].map((name) => ({ value: name, label: name.replace(/^metrics\//, "") }))}
        value={metric ?? METRICS[0]}
        allowDeselect={false}
        onChange={(next) => (next === null ? undefined : go({ project, metric: next }))}
      />
    </div>
  );
}

function Body({ project, metric }: { project: string; metric: string | undefined }) {
  const { t } = useTranslation("learnt");
  const { data, error, refetch } = useQuery(learntQuery(project, metric));
  if (error && !data) {
    if (error instanceof ApiError && error.status === 404) return <Notice title={t("noRuns", { project })} detail={t("noRunsWhy")} />;
    return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  }
  if (!data) return <Skeleton height={320} />;
  const isEmpty = data.data.every(({ effects }) => effects.length === 0);
  return (
    <>
      <Basis learnt={data} />
      {isEmpty ? <Notice title={t("empty")} detail={t("emptyWhy", { count: Math.max(0, 2 * SIDE_RUNS - data.runs.counted) })} /> : null}
      {isEmpty ? null : data.data.map((of) => <DataSection key={of.data?.id ?? ""} of={of} learnt={data} />)}
    </>
  );
}

/** What a project's runs tell about its settings, read like a lab book: what helped, what hurt, what nobody knows yet. */
export default function LearntPage() {
  const { t } = useTranslation("learnt");
  const search = route.useSearch();
  const { data: projects, error, refetch } = useQuery(projectsQuery());
  const names = projects?.items.map(({ name }) => name) ?? [];
  const project = search.project ?? names[0];
  useDocumentTitle(`${t("title")} · yoloscope`);
  if (error && !projects) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  if (!projects) return null;
  return (
    <article className={styles.page}>
      <h1>{t("title")}</h1>
      {project === undefined ? (
        <Notice title={t("noProjects")} detail={t("noRunsWhy")} />
      ) : (
        <>
          <Choice project={project} metric={search.metric} projects={names.includes(project) ? names : [project, ...names]} />
          <Body project={project} metric={search.metric} />
          <ActsSection project={project} />
        </>
      )}
    </article>
  );
}
