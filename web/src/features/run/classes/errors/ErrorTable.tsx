import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Table } from "../../../../api/client";
import styles from "../Classes.module.css";
import table from "../Table.module.css";
import type { Naming } from "../use-name";
import { useNumbers } from "../use-words";
import { errorRows, MISTAKES, type ErrorRow, type Mistake } from "./derive";

const SHADE_MOST = 45; // percent: text on it stays easy to read

/** A shade for the share that a count is of its whole. */
function shade(count: number, of: number): string | undefined {
  const share = of > 0 ? Math.min(1, count / of) : 0;
  return share > 0 ? `color-mix(in srgb, #ec9854 ${Math.round(share * SHADE_MOST)}%, transparent)` : undefined;
}

const countOf = (row: ErrorRow, kind: Mistake) => (kind === "missed" ? row.missed : row.kinds[kind]);

function Row({ row, name }: { row: ErrorRow; name: string }) {
  const { number } = useNumbers();
  return (
    <tr>
      <th scope="row" title={name}>
        {name}
      </th>
      <td>{number(row.objects)}</td>
      <td>{number(row.predictions)}</td>
      <td>{number(row.kinds.correct)}</td>
      {MISTAKES.map((kind) => {
        const count = countOf(row, kind);
        return (
          <td key={kind} style={{ background: shade(count, kind === "missed" ? row.objects : row.predictions) }}>
            {number(count)}
          </td>
        );
      })}
    </tr>
  );
}

/** Mistakes by class at one epoch. */
export function ErrorTable({ table: data, naming }: { table: Table; naming: Naming }) {
  const { t } = useTranslation("classes");
  const rows = useMemo(() => errorRows(data), [data]);
  return (
    <section className={styles.card} aria-labelledby="errors-by-class" data-testid="errors-by-class">
      <h3 id="errors-by-class">{t("errorsByClass")}</h3>
      <p className={styles.hint}>{t("errorsHint")}</p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- many classes scroll, also by keyboard */}
      <div className={table.scroller} tabIndex={0} role="region" aria-labelledby="errors-by-class">
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t("class")}</th>
              <th scope="col">{t("objectsShort")}</th>
              <th scope="col">{t("predictions")}</th>
              <th scope="col">{t("kinds.correct")}</th>
              {MISTAKES.map((kind) => (
                <th key={kind} scope="col">
                  {t(`kinds.${kind}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.number} row={row} name={naming.ofNumber(row.number)} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
