import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { formatNumber } from "../../lib/format";
import { mainSettings, otherDifferences, type Setting } from "./settings-line";
import styles from "./SettingsLine.module.css";
import { TabLink } from "./TabLink";

const MOST_OTHERS = 3;

function useSaid(): (value: Setting["value"]) => string {
  const language = useLanguage();
  return (value) => (typeof value === "number" && !Number.isInteger(value) ? formatNumber(value, language) : String(value));
}

function Part({ setting, label }: { setting: Setting; label: string }) {
  const { t } = useTranslation("run");
  const said = useSaid();
  const { key, value, asked } = setting;
  return (
    <div className={styles.part} data-setting={key} data-differs={asked !== null}>
      <dt>{label}</dt>
      <dd title={asked === null ? said(value) : t("settings.differs", { asked: said(asked), value: said(value) })}>
        {said(value)}
        {asked === null ? null : <span className={styles.asked}>{t("settings.asked", { asked: said(asked) })}</span>}
      </dd>
    </div>
  );
}

/** With what a run trains, in one line; where an argument did not come to pass, what was asked for stands behind it. */
export function SettingsLine({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const main = mainSettings(run);
  const others = otherDifferences(run);
  if (main.length === 0 && others.length === 0) return null;
  const hidden = others.length - MOST_OTHERS;
  return (
    <div className={styles.line}>
      <dl className={styles.parts} aria-label={t("settings.label")}>
        {main.map((setting) => (
          <Part key={setting.key} setting={setting} label={t(`settings.${setting.key}`)} />
        ))}
        {others.slice(0, MOST_OTHERS).map((setting) => (
          <Part key={setting.key} setting={setting} label={setting.key} />
        ))}
      </dl>
      {hidden > 0 ? (
        <TabLink run={run.id} tab="config" className={styles.more}>
          {t("settings.more", { count: hidden })}
        </TabLink>
      ) : null}
    </div>
  );
}
