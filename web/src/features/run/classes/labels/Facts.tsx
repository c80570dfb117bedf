import { useTranslation } from "react-i18next";
import styles from "../Classes.module.css";
import table from "../Table.module.css";
import type { Naming } from "../use-name";
import { useNumbers } from "../use-words";
import { SPLITS, type Fact, type Labels } from "./derive";

const NAMED_MOST = 5;

function useFactWords(naming: Naming, imgsz: number | null): (fact: Fact) => string {
  const { t } = useTranslation("classes");
  const { number, percent } = useNumbers();
  return (fact) => {
    switch (fact.kind) {
      case "imbalance":
        return t("facts.imbalance", {
          most: naming.ofNumber(fact.most),
          mostCount: number(fact.mostCount),
          least: naming.ofNumber(fact.least),
          leastCount: number(fact.leastCount),
          ratio: number(Math.round(fact.ratio)),
        });
      case "never": {
        const named = fact.numbers.slice(0, NAMED_MOST).map(naming.ofNumber).join(t("join"));
        return t(`facts.never_${fact.split}`, { count: fact.numbers.length, names: named + (fact.numbers.length > NAMED_MOST ? " …" : "") });
      }
      case "small":
        return t(imgsz === null ? `facts.small_${fact.split}` : `facts.smallAt_${fact.split}`, { percent: percent(fact.count, fact.of), imgsz: number(imgsz) });
      case "unlabelled":
        return t(`facts.unlabelled_${fact.split}`, { count: number(fact.count), of: number(fact.of), percent: percent(fact.count, fact.of) });
      case "shift":
        return t("facts.shift", { name: naming.ofNumber(fact.number), train: percent(fact.train, 1), val: percent(fact.val, 1) });
    }
  };
}

/** What stands out in the labels. */
export function Facts({ facts, naming, imgsz }: { facts: readonly Fact[]; naming: Naming; imgsz: number | null }) {
  const { t } = useTranslation("classes");
  const say = useFactWords(naming, imgsz);
  if (facts.length === 0) return <p className={styles.lead}>{t("facts.none")}</p>;
  return (
    <ul className={styles.sentences} data-testid="label-facts">
      {facts.map((fact) => (
        <li key={fact.kind + ("split" in fact ? fact.split : "")}>{say(fact)}</li>
      ))}
    </ul>
  );
}

const ROWS = ["images", "withoutLabels", "instances", "small", "large"] as const;

/** How large both sets are. */
export function SetTable({ train, val }: { train: Labels; val: Labels }) {
  const { t } = useTranslation("classes");
  const { number } = useNumbers();
  const sets = { train, val };
  const rows = ROWS.filter((row) => train[row] !== null || val[row] !== null);
  return (
    <section className={styles.card}>
      <h3 id="label-sets">{t("sets")}</h3>
      <table className={table.table} aria-labelledby="label-sets">
        <thead>
          <tr>
            <th scope="col">{t("counted")}</th>
            {SPLITS.map((split) => (
              <th key={split} scope="col">
                {t(split)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              <th scope="row">{t(`setRows.${row}`)}</th>
              {SPLITS.map((split) => (
                <td key={split}>{number(sets[split][row])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
