import { useTranslation } from "react-i18next";
import type { Finding, RunDetail } from "../../../api/client";
import { HealthIcon } from "../../../ui/HealthBadge";
import { CheckIcon, InfoIcon, WarningIcon } from "../../../ui/icons";
import { useFindings } from "../diagnosis/use-findings";
import { useSince, useTold } from "../diagnosis/use-told";
import type { Concern } from "../health";
import { TabLink } from "../TabLink";
import { useConcernWords } from "../use-concern-words";
import { useConcerns } from "../use-concerns";
import { useReason } from "../use-reason";
import { useWaiting } from "../use-waiting";
import { Card } from "./Card";
import styles from "./Overview.module.css";

const MOST_FINDINGS = 3;

function Item({ run, concern }: { run: RunDetail; concern: Concern }) {
  const { t } = useTranslation(["overview", "run"]);
  const { title, what } = useConcernWords()(concern);
  const reason = useReason();
  const why = concern.id === "crashed" && run.end_reason !== null ? reason(run.end_reason) : null;
  return (
    <li className={styles.concern} data-tone={concern.tone} data-concern={concern.id}>
      {concern.tone === "info" ? <InfoIcon /> : <WarningIcon />}
      <div>
        <p className={styles.concernTitle}>{why === null ? title : t("because", { what: title, why })}</p>
        <p className={styles.concernWhat}>
          {what}{" "}
          {concern.tab === null ? null : (
            <TabLink run={run.id} tab={concern.tab} className={styles.more}>
              {t("open", { tab: t(`run:tabs.${concern.tab}`) })}
            </TabLink>
          )}
        </p>
      </div>
    </li>
  );
}

const TONES = { critical: "bad", warning: "warn", info: "info" } as const;

function FoundItem({ finding }: { finding: Finding }) {
  const { t } = useTranslation("diagnosis");
  const told = useTold();
  const since = useSince();
  const { rule, severity, title, evidence, opened } = finding;
  return (
    <li className={styles.concern} data-tone={TONES[severity]} data-finding={rule}>
      <HealthIcon of={severity} />
      <div>
        <p className={styles.concernTitle}>{told(title)}</p>
        <p className={styles.concernWhat}>
          <span className={styles.since}>{[t(`severity.${severity}`), since(opened.epoch)].join(" · ")}</span>
          {told(evidence)}
        </p>
      </div>
    </li>
  );
}

/** What somebody should look at now, and what can be done about it. */
export function Attention({ run }: { run: RunDetail }) {
  const { t } = useTranslation(["overview", "diagnosis"]);
  const { foremost } = useFindings(run);
  const concerns = useConcerns(run, useWaiting(run));
  const more = foremost.length - MOST_FINDINGS;
  const link = { run: run.id, tab: "diagnosis" as const, label: t(foremost.length > 0 ? "diagnosis:overview.all" : "diagnosis:overview.calm", { count: foremost.length }) };
  return (
    <Card id="attention" title={t("attention.title")} {...(run.health === null ? {} : { more: link })}>
      {concerns.length + foremost.length === 0 ? (
        <p className={styles.calm}>
          <CheckIcon />
          {t("attention.nothing")}
        </p>
      ) : (
        <ul className={styles.concerns}>
          {foremost.slice(0, MOST_FINDINGS).map((finding) => (
            <FoundItem key={finding.rule} finding={finding} />
          ))}
          {concerns.map((concern) => (
            <Item key={concern.id} run={run} concern={concern} />
          ))}
        </ul>
      )}
      {more > 0 ? <p className={styles.concernWhat}>{t("diagnosis:overview.more", { count: more })}</p> : null}
    </Card>
  );
}
