import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatMetric } from "../../../lib/format";
import { Spark } from "../../../panels/Spark";
import { Card } from "./Card";
import { worstClasses, type ClassResult } from "./classes";
import styles from "./Overview.module.css";

const MOST = 3;

function ClassLine({ run, result }: { run: string; result: ClassResult }) {
  const { t } = useTranslation("overview");
  const language = useLanguage();
  const { name, value, instances } = result;
  return (
    <tr>
      <th scope="row" title={name}>
        {name}
      </th>
      <td className={styles.trend}>
        <Spark run={run} name={result.series} axis="epoch" label={t("classes.trend", { name })} />
      </td>
      <td>{formatMetric(value, language)}</td>
      <td className={styles.count}>{instances === null ? "" : t("classes.instances", { count: instances })}</td>
    </tr>
  );
}

/** The classes that are found worst, with how they went and how many examples there are to learn from. */
export function WorstClasses({ run }: { run: RunDetail }) {
  const { t } = useTranslation("overview");
  const found = useMemo(() => worstClasses(run, MOST), [run]);
  if (!found) return null;
  return (
    <Card id="classes" title={t("classes.title", { metric: found.metric })} more={{ run: run.id, tab: "classes", label: t("classes.all", { count: found.of }) }}>
      <table className={styles.classes}>
        <tbody>
          {found.worst.map((result) => (
            <ClassLine key={result.series} run={run.id} result={result} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

