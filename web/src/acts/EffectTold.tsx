import { useTranslation } from "react-i18next";
import { useLanguage } from "../i18n/use-language";
import { barsOf, changeWords, type Effect } from "./effect";
import styles from "./Effect.module.css";

/** Epochs that are measured already, as dots: what is still to come is hollow. */
function Progress({ epochs, of }: Pick<Effect, "epochs" | "of">) {
  return (
    <span className={styles.dots} aria-hidden="true">
      {Array.from({ length: of }, (_, at) => (
        <span key={at} data-done={at < epochs} />
      ))}
    </span>
  );
}

/** What was measured above what was to be expected, both from one zero. The sentence says the same. */
function Figure({ effect }: { effect: Effect }) {
  const { t } = useTranslation("acts");
  const locale = useLanguage();
  const bars = barsOf(effect);
  if (bars.length === 0) return null;
  return (
    <span className={styles.figure} aria-hidden="true" data-testid="effect-figure">
      {bars.map(({ kind, share, value }) => (
        <span key={kind} className={styles.row} data-kind={kind}>
          <span>{t(`effect.${kind}`)}</span>
          <span className={styles.track}>
            <span className={styles.bar} style={{ left: `${50 + Math.min(0, share) * 50}%`, width: `${Math.abs(share) * 50}%` }} />
          </span>
          <span className={styles.value}>{changeWords(value, locale)}</span>
        </span>
      ))}
    </span>
  );
}

/** Before the sentence, which says the verdict in words. */
const SIGNS = { helped: "✓", harmed: "✕", none: "–", unknown: "?" } as const;

/** What came of a command: how far it is measured, then the verdict with its sentence and its figure. */
export function EffectTold({ effect }: { effect: Effect }) {
  const { t } = useTranslation("acts");
  const locale = useLanguage();
  const { verdict, epochs, of, series, sentence } = effect;
  return (
    <div className={styles.effect} data-verdict={verdict} data-testid="act-effect">
      <p className={styles.told} title={series === "" ? undefined : t("effect.on", { series })}>
        <span className={styles.verdict} aria-hidden={verdict !== "measuring"}>
          {verdict === "measuring" ? t("effect.measuring", { epochs, of }) : SIGNS[verdict]}
        </span>
        {verdict === "measuring" ? <Progress epochs={epochs} of={of} /> : <span> {sentence[locale]}</span>}
      </p>
      {verdict === "measuring" ? null : <Figure effect={effect} />}
    </div>
  );
}
