import { NativeSelect, SegmentedControl } from "@mantine/core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Measure } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { formatInstant, formatRelative } from "../../lib/format";
import { useNow } from "../../ui/use-now";
import styles from "./Autopilot.module.css";
import { isUntried, MODES, MOST, type Mode } from "./derive";
import { useSetMeasure } from "./queries";
import { Rules } from "./Rules";

const CLOCK_MS = 20_000;

/** In how many runs it would have acted and did, and who let it. */
function Standing({ measure }: { measure: Measure }) {
  const { t } = useTranslation("autopilot");
  const locale = useLanguage();
  const now = useNow(CLOCK_MS);
  const { would_have: would, acted, who, changed } = measure;
  const counts = would + acted === 0 ? t("count.none") : [...(would > 0 ? [t("count.would", { count: would })] : []), ...(acted > 0 ? [t("count.acted", { count: acted })] : [])].join(" · ");
  return (
    <p className={styles.standing}>
      <span data-testid="counts">{counts}</span>
      {changed === null ? null : (
        <time dateTime={changed} title={formatInstant(Date.parse(changed), locale)}>
          {t("setBy", { who, when: formatRelative(Date.parse(changed), now, locale) })}
        </time>
      )}
    </p>
  );
}

/** One measure: what it does, whether it may, how often, and how often it did. */
export function MeasureCard({ project, measure }: { project: string; measure: Measure }) {
  const { t } = useTranslation("autopilot");
  const language = useLanguage();
  const id = useId();
  const [hasJumped, setJumped] = useState(false); // switched on here without a try
  const { mutate } = useSetMeasure(project);
  function choose(mode: Mode): void {
    setJumped(isUntried(measure, mode));
    mutate({ measure: measure.measure, mode, most: measure.most });
  }
  return (
    <li className={styles.measure} data-testid="measure" data-measure={measure.measure} data-mode={measure.mode}>
      <h2 id={id}>{measure.title[language]}</h2>
      <p className={styles.what}>{measure.what[language]}</p>
      <Rules rules={measure.rules} />
      <div className={styles.choice}>
        <SegmentedControl
          size="sm"
          aria-labelledby={id}
          data={MODES.map((mode) => ({ value: mode, label: <span data-testid={`mode-${mode}`}>{t(`mode.${mode}`)}</span> }))}
          value={measure.mode}
          onChange={(value) => choose(MODES.find((mode) => mode === value) ?? "off")}
        />
        <label className={styles.most}>
          {t("most")}
          <NativeSelect
            size="xs"
            data={MOST.map(String)}
            value={String(measure.most)}
            data-testid="most"
            onChange={({ currentTarget }) => mutate({ measure: measure.measure, mode: measure.mode, most: Number(currentTarget.value) })}
          />
        </label>
      </div>
      <p className={styles.mode}>{t(`modeWhat.${measure.mode}`)}</p>
      {hasJumped && measure.mode === "on" ? (
        <p className={styles.hint} role="status" data-testid="untried">
          {t("untried")}{" "}
          <button type="button" onClick={() => choose("would")}>
            {t("tryFirst")}
          </button>
        </p>
      ) : null}
      <Standing measure={measure} />
    </li>
  );
}
