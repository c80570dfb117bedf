import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { curveColor } from "../../../../charts/options/curve-lines";
import styles from "../Classes.module.css";
import { ALL } from "../names";
import { useTheme } from "../use-look";
import type { Naming } from "../use-name";
import { useClassesView } from "../use-view";
import { useNumbers } from "../use-words";
import table from "../Table.module.css";
import { bestsOf, type Best, type Curves } from "./derive";

interface BestTableProps {
  readonly kinds: { readonly F1?: Curves | undefined; readonly precision?: Curves | undefined; readonly recall?: Curves | undefined };
  readonly naming: Naming;
}

function Row({ best, strong, naming, onToggle }: { best: Best; strong: readonly number[]; naming: Naming; onToggle: (number: number) => void }) {
  const theme = useTheme();
  const { metric } = useNumbers();
  const name = naming.ofNumber(best.number);
  const at = strong.indexOf(best.number);
  const color = best.number === ALL ? curveColor(theme, { look: "main", color: null }) : curveColor(theme, { look: at < 0 ? "faint" : "strong", color: Math.max(0, at) });
  const swatch = <span className={table.swatch} style={{ borderTopColor: color }} data-faint={at < 0 && best.number !== ALL} />;
  return (
    <tr data-strong={best.number === ALL}>
      <th scope="row">
        {best.number === ALL ? (
          <span className={table.name}>
            {swatch}
            <span>{name}</span>
          </span>
        ) : (
          <button type="button" className={table.name} aria-pressed={at >= 0} title={name} onClick={() => onToggle(best.number)} data-testid="strong-class">
            {swatch}
            <span>{name}</span>
          </button>
        )}
      </th>
      <td>{metric(best.f1)}</td>
      <td>{best.confidence.toFixed(2)}</td>
      <td>{metric(best.precision)}</td>
      <td>{metric(best.recall)}</td>
    </tr>
  );
}

const STRONG_MOST = 20;

/** The classes with the confidence at which each is best; a click draws one strong. */
export function BestTable({ kinds, naming }: BestTableProps) {
  const { t } = useTranslation("classes");
  const [{ strong = [] }, change] = useClassesView();
  const bests = useMemo(() => (kinds.F1 ? bestsOf(kinds.F1, kinds.precision ?? null, kinds.recall ?? null) : []), [kinds]);
  const toggle = (number: number) => {
    const next = strong.includes(number) ? strong.filter((one) => one !== number) : [...strong, number].slice(-STRONG_MOST);
    change({ strong: next.length > 0 ? next : undefined });
  };
  return (
    <section className={styles.card} aria-labelledby="best-confidence">
      <h3 id="best-confidence">{t("bestTitle")}</h3>
      <p className={styles.hint}>{t("bestHint")}</p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- many classes scroll, also by keyboard */}
      <div className={table.scroller} tabIndex={0} role="region" aria-labelledby="best-confidence">
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t("class")}</th>
              <th scope="col">F1</th>
              <th scope="col">{t("axes.confidence")}</th>
              <th scope="col" title={t("measures.precision")}>
                P
              </th>
              <th scope="col" title={t("measures.recall")}>
                R
              </th>
            </tr>
          </thead>
          <tbody>
            {bests.map((best) => (
              <Row key={best.number} best={best} strong={strong} naming={naming} onToggle={toggle} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
