import { useTranslation } from "react-i18next";
import { sparkPath } from "../../../../lib/spark";
import type { Naming } from "../use-name";
import { useNumbers, useWhyWords } from "../use-words";
import type { Worst } from "./rows";
import styles from "./Ap.module.css";

interface WorstCardsProps {
  readonly worst: readonly Worst[];
  readonly naming: Naming;
  readonly picked: string | undefined;
  readonly onPick: (key: string) => void;
}

const BOX = { width: 100, height: 24 };

function Trend({ values }: { values: Float64Array }) {
  const path = sparkPath(Float64Array.from(values, (_, at) => at), values, BOX);
  return (
    <svg className={styles.trend} viewBox={`0 -2 ${BOX.width} ${BOX.height + 4}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

/** The worst classes with why they are, as far as numbers tell. */
export function WorstCards({ worst, naming, picked, onPick }: WorstCardsProps) {
  const { t } = useTranslation("classes");
  const { metric } = useNumbers();
  const say = useWhyWords(naming);
  if (worst.length === 0) return null;
  return (
    <ul className={styles.cards} aria-label={t("worst")}>
      {worst.map(({ row, why }) => (
        <li key={row.key}>
          <button type="button" className={styles.card} aria-pressed={row.key === picked} data-testid="worst-class" onClick={() => onPick(row.key)}>
            <span className={styles.cardName} title={naming.ofKey(row.key)}>
              {naming.ofKey(row.key)}
            </span>
            <span className={styles.cardValue}>{metric(row.standing.last)}</span>
            <Trend values={row.values} />
            <span className={styles.why}>{why.length > 0 ? why.map(say).join(t("join")) : t("why.none")}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
