import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../i18n/use-language";
import { formatNumber } from "../lib/format";
import styles from "./Acts.module.css";
import { rateAfter, rateFrom } from "./form";
import { factorWord, settingWord } from "./words";

const STEPS = [0.1, 0.3, 3] as const;

interface SettingFieldProps {
  readonly name: string;
  /** What it is at the moment, if that is known. */
  readonly now: number | null;
  readonly text: string;
  readonly fault: string | null;
  readonly onType: (text: string) => void;
}

function Steps({ text, onType }: Pick<SettingFieldProps, "text" | "onType">) {
  const { t } = useTranslation("acts");
  const locale = useLanguage();
  return (
    <span className={styles.steps} role="group" aria-label={t("set.steps")}>
      {STEPS.map((factor) => {
        const word = factorWord(factor, locale);
        return (
          <button key={factor} type="button" aria-pressed={text === word} data-testid={`step-${factor}`} onClick={() => onType(text === word ? "" : word)}>
            {word}
          </button>
        );
      })}
    </span>
  );
}

/** What results from what was typed: "0.01 → 0.003". */
function useResult({ name, now, text }: Pick<SettingFieldProps, "name" | "now" | "text">): string {
  const { t } = useTranslation("acts");
  const locale = useLanguage();
  const rate = name === "lr" ? rateFrom(text) : null;
  const after = name === "lr" ? rate && rateAfter(rate, now) : text.trim() === "" ? null : Number(text);
  if (after !== null && Number.isFinite(after)) return now === null ? `→ ${formatNumber(after, locale)}` : t("set.becomes", { from: formatNumber(now, locale), to: formatNumber(after, locale) });
  if (rate?.kind === "factor") return t("set.becomesAll", { factor: factorWord(rate.number, locale) });
  return now === null ? t("set.unknown") : t("set.now", { value: formatNumber(now, locale) });
}

/** One setting: what it is, what it is to be, and what results. */
export function SettingField({ name, now, text, fault, onType }: SettingFieldProps) {
  const { t } = useTranslation("acts");
  const id = useId();
  const result = useResult({ name, now, text });
  const isRate = name === "lr";
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{settingWord(name, t)}</label>
      <input
        id={id}
        type="text"
        inputMode={isRate ? "text" : "decimal"}
        autoComplete="off"
        spellCheck={false}
        value={text}
        placeholder={isRate ? t("set.typeRate") : ""}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-told`}
        data-testid={`set-${name}`}
        onChange={({ currentTarget }) => onType(currentTarget.value)}
      />
      {isRate ? <Steps text={text} onType={onType} /> : null}
      <output id={`${id}-told`} htmlFor={id} className={styles.becomes} data-bad={fault !== null} data-testid={`becomes-${name}`}>
        {fault ?? result}
      </output>
    </div>
  );
}
