import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Table } from "../../../../api/client";
import styles from "../Classes.module.css";
import table from "../Table.module.css";
import { useNumbers } from "../use-words";
import own from "./Errors.module.css";
import { sizeRows } from "./derive";

/** How many objects of each size were found at one epoch. */
export function SizeTable({ table: data }: { table: Table }) {
  const { t } = useTranslation("classes");
  const { number, percent } = useNumbers();
  const rows = useMemo(() => sizeRows(data), [data]);
  return (
    <section className={styles.card} aria-labelledby="found-by-size">
      <h3 id="found-by-size">{t("foundBySize")}</h3>
      <p className={styles.hint}>{t("sizesHint")}</p>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{t("side")}</th>
            <th scope="col">{t("objectsShort")}</th>
            <th scope="col">{t("found")}</th>
            <th scope="col">{t("measures.recall")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ from, to, objects, found }) => (
            <tr key={from}>
              <th scope="row">{Number.isFinite(to) ? t("sideOf", { from: number(from), to: number(to) }) : t("sideFrom", { from: number(from) })}</th>
              <td>{number(objects)}</td>
              <td>{number(found)}</td>
              <td className={own.bar}>
                <span style={{ width: `${objects > 0 ? (100 * found) / objects : 0}%` }} />
                <b>{percent(found, objects)}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
