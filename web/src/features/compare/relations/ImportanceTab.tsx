import { SegmentedControl, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { components } from "../../../api/schema.gen";
import { useLanguage } from "../../../i18n/use-language";
import { Notice } from "../../../ui/Notice";
import { importanceQuery } from "../queries";
import { useChange } from "../route";
import type { Comparison } from "../use-comparison";
import styles from "./Importance.module.css";

type Weight = components["schemas"]["Weight"];
type Answer = components["schemas"]["Importance"];

function Bar({ item }: { item: Weight }) {
  const { t } = useTranslation("compare");
  const language = useLanguage();
  const share = Math.min(1, Math.max(0, item.share ?? 0));
  return (
    <li className={styles.item} data-verdict={item.verdict}>
      <div className={styles.head}>
        <code className={styles.setting}>{item.setting}</code>
        <span className={styles.verdict}>{t(`importance.verdicts.${item.verdict}`)}</span>
        <span className={styles.share}>{item.share === null ? "–" : t("importance.share", { share: Math.round(share * 100) })}</span>
      </div>
      <div className={styles.track} aria-hidden="true">
        <div className={styles.fill} style={{ width: `${share * 100}%` }} />
      </div>
      <p className={styles.sentence}>{item.sentence[language]}</p>
      {item.same.length > 0 ? <p className={styles.aside}>{t("importance.same", { names: item.same.join(", ") })}</p> : null}
      {item.tangled.length > 0 ? <p className={styles.aside}>{t("importance.tangled", { names: item.tangled.join(", ") })}</p> : null}
    </li>
  );
}

function Items({ answer }: { answer: Answer }) {
  const { t } = useTranslation("compare");
  const language = useLanguage();
  const ignored = answer.runs.ignored.map(({ count, text }) => `${count} ${text[language]}`).join(language === "zh" ? "；" : "; ");
  return (
    <>
      <p className={styles.basis}>
        {t("importance.basis", { count: answer.runs.counted, metric: answer.metric.title[language] })}
        {ignored === "" ? null : ` ${t("importance.ignored", { list: ignored })}`}
      </p>
      {answer.items.length === 0 ? <Notice title={t("importance.nothing")} detail={t("importance.nothingWhy")} /> : null}
      <ol className={styles.items}>
        {answer.items.map((item) => (
          <Bar key={item.setting} item={item} />
        ))}
      </ol>
      {answer.labels.length > 0 ? <p className={styles.aside}>{t("importance.labels", { names: answer.labels.join(", ") })}</p> : null}
    </>
  );
}

/** How much each setting explains of how differently the runs of a project ended up, and how sure that is. */
export default function ImportanceTab({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const projects = [...new Set(comparison.members.map(({ row }) => row.project))];
  const change = useChange();
  const project = projects.find((one) => one === comparison.search.of) ?? projects[0] ?? "";
  const { data, error, refetch } = useQuery(importanceQuery(project, undefined));
  return (
    <div className={styles.tab}>
      {projects.length > 1 ? <SegmentedControl size="xs" aria-label={t("importance.project")} data={projects} value={project} onChange={(of) => change({ of: of === projects[0] ? undefined : of })} /> : null}
      <p className={styles.scope}>
        {t("importance.scope", { project })}{" "}
        <Link to="/learnt" search={{ project }}>
          {t("importance.toLearnt")}
        </Link>
      </p>
      {error && !data ? <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} /> : null}
      {!data && !error ? <Skeleton height={240} /> : null}
      {data ? <Items answer={data} /> : null}
    </div>
  );
}
