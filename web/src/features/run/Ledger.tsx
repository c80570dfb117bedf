import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { formatNumber } from "../../lib/format";
import { isIntended, isOfItems, lossesOf, rowsLost, type Loss } from "../../lib/lost";
import { DownIcon, InfoIcon, WarningIcon } from "../../ui/icons";
import { knownReason } from "./ledger";
import styles from "./Ledger.module.css";

function LossItem({ loss }: { loss: Loss }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  const reason = knownReason(loss.reason);
  return (
    <div className={styles.item} data-reason={loss.reason}>
      <dt>{reason ? t(`ledger.reasons.${reason}.title`) : loss.reason}</dt>
      <dd className={styles.rows}>{formatNumber(loss.rows, language)}</dd>
      <dd className={styles.what}>{reason ? t(`ledger.reasons.${reason}.what`) : t("ledger.unknown")}</dd>
    </div>
  );
}

function Lost({ losses }: { losses: readonly Loss[] }) {
  const { t } = useTranslation("run");
  const calm = isIntended(losses);
  const count = rowsLost(losses.filter((loss) => calm || isOfItems([loss]) === isOfItems(losses)));
  const text = calm ? "ledger.withheld" : isOfItems(losses) ? "ledger.items" : "ledger.lost";
  return (
    <details className={styles.lost} data-calm={calm} data-testid="ledger">
      <summary className={styles.summary}>
        {calm ? <InfoIcon /> : <WarningIcon />}
        <span role={calm ? "status" : "alert"}>{t(text, { count })}</span>
        <span className={styles.chevron}>
          <DownIcon />
        </span>
      </summary>
      <dl className={styles.items}>
        {losses.map((loss) => (
          <LossItem key={loss.reason} loss={loss} />
        ))}
      </dl>
    </details>
  );
}

/** What is missing from the curves and why, and what still follows. Nothing is shown while nothing is missing. */
export function Ledger({ lost, deferred }: Pick<RunDetail, "lost" | "deferred">) {
  const { t } = useTranslation("run");
  const losses = lossesOf(lost);
  if (losses.length === 0 && deferred === 0) return null;
  return (
    <section className={styles.ledger} aria-label={t("ledger.label")}>
      {losses.length > 0 ? <Lost losses={losses} /> : null}
      {deferred > 0 ? (
        <p className={styles.deferred} data-testid="deferred">
          <InfoIcon />
          {t("ledger.deferred", { count: deferred })}
        </p>
      ) : null}
    </section>
  );
}
