import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { CheckIcon, InfoIcon, WarningIcon } from "../../../ui/icons";
import type { Concern } from "../health";
import { TabLink } from "../TabLink";
import { useConcernWords } from "../use-concern-words";
import { useConcerns } from "../use-concerns";
import { useReason } from "../use-reason";
import { useWaiting } from "../use-waiting";
import { Card } from "./Card";
import styles from "./Overview.module.css";

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

/** What somebody should look at now, and what can be done about it. */
export function Attention({ run }: { run: RunDetail }) {
  const { t } = useTranslation("overview");
  const concerns = useConcerns(run, useWaiting(run));
  return (
    <Card id="attention" title={t("attention.title")}>
      {concerns.length === 0 ? (
        <p className={styles.calm}>
          <CheckIcon />
          {t("attention.nothing")}
        </p>
      ) : (
        <ul className={styles.concerns}>
          {concerns.map((concern) => (
            <Item key={concern.id} run={run} concern={concern} />
          ))}
        </ul>
      )}
    </Card>
  );
}
