import { useTranslation } from "react-i18next";
import { classColor, OUTCOME_COLORS, SIGNS } from "../../../items/drawn";
import { useClassLabel } from "../../../items/use-class-label";
import { formatNumber } from "../../../lib/format";
import { useLanguage } from "../../../i18n/use-language";
import { useItemsView } from "../use-items-view";
import styles from "./Classes.module.css";
import { totalOf, type ClassTally } from "./tally";

const OUTCOMES = ["found", "missed", "false"] as const;

/** What the signs, colours and dashes mean, and how often each stands in the pictures. */
export function Legend({ tallies, hidden }: { tallies: readonly ClassTally[]; hidden: ReadonlySet<number> }) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const total = totalOf(tallies, hidden);
  return (
    <ul className={styles.legend} data-testid="outcomes">
      {OUTCOMES.map((outcome) => (
        <li key={outcome} title={t(`images.outcomes.${outcome}What`)}>
          <span className={styles.sign} style={{ background: OUTCOME_COLORS[outcome] }} data-dashed={outcome === "missed"}>
            {SIGNS[outcome]}
          </span>
          {t(`images.outcomes.${outcome}`)} <b>{formatNumber(total[outcome], language)}</b>
        </li>
      ))}
      <li className={styles.lines}>
        <svg width="22" height="8" aria-hidden="true">
          <line x1="0" x2="22" y1="4" y2="4" strokeDasharray="5 4" />
        </svg>
        {t("images.label")}
        <svg width="22" height="8" aria-hidden="true">
          <line x1="0" x2="22" y1="4" y2="4" />
        </svg>
        {t("images.prediction")}
      </li>
    </ul>
  );
}

interface ClassesProps {
  readonly tallies: readonly ClassTally[];
  readonly compares: boolean;
}

/** Every class that is in the pictures, with how often; each can be left out. */
export function Classes({ tallies, compares }: ClassesProps) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  const labelOf = useClassLabel();
  const [{ hidden = [] }, change] = useItemsView();
  const toggle = (kind: number) => {
    const next = hidden.includes(kind) ? hidden.filter((one) => one !== kind) : [...hidden, kind];
    change({ hidden: next.length > 0 ? next : undefined });
  };
  const number = (value: number) => formatNumber(value, language);
  const counts = (one: ClassTally) => (compares ? `${number(one.found)}/${number(one.labels)}` : number(one.labels + one.predictions));
  const hint = (one: ClassTally) => (compares ? t("images.classHint", { found: number(one.found), labels: number(one.labels), false: number(one.false) }) : undefined);
  return (
    <div className={styles.classes} role="group" aria-label={t("images.classes")} data-testid="classes">
      {tallies.map((one) => (
        <button
          key={one.kind}
          type="button"
          className={styles.chip}
          aria-pressed={!hidden.includes(one.kind)}
          title={[labelOf(one.kind, one.title), hint(one)].filter((text) => text !== undefined).join(" · ")}
          onClick={() => toggle(one.kind)}
        >
          <i style={{ background: classColor(one.kind) }} />
          <span className={styles.title}>{labelOf(one.kind, one.title)}</span>
          <span className={styles.count}>{counts(one)}</span>
          {compares && one.false > 0 ? <span className={styles.false}>{`${SIGNS.false}${number(one.false)}`}</span> : null}
        </button>
      ))}
      {hidden.length > 0 ? (
        <button type="button" className={styles.all} onClick={() => change({ hidden: undefined })}>
          {t("images.showAll")}
        </button>
      ) : null}
    </div>
  );
}
