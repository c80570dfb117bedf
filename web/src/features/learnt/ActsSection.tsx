import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { changeWords } from "../../acts/effect";
import { useLanguage } from "../../i18n/use-language";
import styles from "./Acts.module.css";
import { learntActsQuery, type LearntAct } from "./queries";

const OUTCOMES = ["helped", "harmed", "none"] as const;

/** How often it helped, harmed or did neither, as shares of a line with their counts. */
function Outcome({ act }: { act: LearntAct }) {
  const { t } = useTranslation("learnt");
  const there = OUTCOMES.filter((outcome) => act[outcome] > 0);
  return (
    <>
      <span className={styles.shares} aria-hidden="true">
        {there.map((outcome) => (
          <span key={outcome} data-outcome={outcome} style={{ flexGrow: act[outcome] }} />
        ))}
      </span>
      <span className={styles.counts}>
        {there.map((outcome) => (
          <span key={outcome} data-outcome={outcome}>
            {t(`acts.${outcome}`, { count: act[outcome] })}
          </span>
        ))}
      </span>
    </>
  );
}

function Row({ act }: { act: LearntAct }) {
  const { t } = useTranslation("learnt");
  const locale = useLanguage();
  const { change, low, high, expected } = act;
  const told = (value: number | null) => (value === null ? t("acts.unknown") : changeWords(value, locale));
  return (
    <tr data-testid="learnt-act" data-rule={act.rule}>
      <th scope="row">{act.title[locale]}</th>
      <td data-label={t("acts.act")}>{act.preview[locale]}</td>
      <td data-label={t("acts.count")} className={styles.number}>
        {act.n}
      </td>
      <td data-label={t("acts.outcome")}>
        <Outcome act={act} />
      </td>
      <td data-label={t("acts.change")} className={styles.number}>
        <b>{told(change)}</b>
        {low === null || high === null ? null : <span className={styles.aside}>{t("acts.interval", { low: changeWords(low, locale), high: changeWords(high, locale) })}</span>}
      </td>
      <td data-label={t("acts.expected")} className={styles.number}>
        {told(expected)}
      </td>
    </tr>
  );
}

/** What acts on findings did in a project; nothing where none was measured. */
export function ActsSection({ project }: { project: string }) {
  const { t } = useTranslation("learnt");
  const { data } = useQuery(learntActsQuery(project));
  if (!data || data.items.length === 0) return null;
  return (
    <section className={styles.acts} aria-labelledby="learnt-acts" data-testid="learnt-acts">
      <h2 id="learnt-acts">{t("acts.title")}</h2>
      <p>{t("acts.what")}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("acts.finding")}</th>
            <th scope="col">{t("acts.act")}</th>
            <th scope="col" className={styles.number}>
              {t("acts.count")}
            </th>
            <th scope="col">{t("acts.outcome")}</th>
            <th scope="col" className={styles.number}>
              {t("acts.change")}
            </th>
            <th scope="col" className={styles.number}>
              {t("acts.expected")}
            </th>
          </tr>
        </thead>
        <tbody>
          {data.items.map((act) => (
            <Row key={`${act.rule} ${act.act}`} act={act} />
          ))}
        </tbody>
      </table>
    </section>
  );
}
