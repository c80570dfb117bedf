import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { DownIcon, SearchIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import type { Member } from "../members";
import { allOf, SECTIONS, textOf, type SectionId } from "../parameters";
import { everythingQuery } from "../queries";
import { useChange } from "../route";
import { Swatch } from "../../../panels/Swatch";
import type { Comparison } from "../use-comparison";
import styles from "./DifferencesTab.module.css";
import { matches, rowOf, type DifferenceRow, type ValueCell } from "./rows";

const COLUMNS_MOST = 4; // more runs are told by value
const NAMED_MOST = 3;

function Value({ cell }: { cell: ValueCell | undefined }) {
  const { t } = useTranslation("compare");
  if (!cell?.isThere) return <span className={styles.absent}>{t("differences.absent")}</span>;
  return <span className={styles.value}>{cell.text === "" ? '""' : cell.text}</span>;
}

/** A value with the runs that have it: their names if they are few. */
function Share({ cell, runs }: { cell: ValueCell; runs: readonly Member[] }) {
  const { t } = useTranslation("compare");
  const having = runs.filter(({ id }) => cell.runs.includes(id));
  const names = having.map(({ short }) => short).join("\n");
  return (
    <div className={styles.share}>
      <Value cell={cell} />
      <span className={styles.having} title={names}>
        {having.length <= NAMED_MOST
          ? having.map(({ id, short, color }) => (
              <span key={id} className={styles.who}>
                <Swatch color={color} />
                <span>{short}</span>
              </span>
            ))
          : t("runs.count", { count: having.length })}
      </span>
    </div>
  );
}

function Row({ row, runs }: { row: DifferenceRow; runs: readonly Member[] }) {
  if (runs.length > COLUMNS_MOST) {
    return (
      <tr>
        <th scope="row">{row.key}</th>
        <td>
          {row.cells.map((cell) => (
            <Share key={`${cell.isThere}${cell.text}`} cell={cell} runs={runs} />
          ))}
        </td>
      </tr>
    );
  }
  return (
    <tr>
      <th scope="row">{row.key}</th>
      {runs.map(({ id }) => (
        <td key={id}>
          <Value cell={row.cells.find((cell) => cell.runs.includes(id))} />
        </td>
      ))}
    </tr>
  );
}

function Head({ runs }: { runs: readonly Member[] }) {
  const { t } = useTranslation("compare");
  return (
    <thead>
      <tr>
        <th scope="col">{t("differences.key")}</th>
        {runs.length > COLUMNS_MOST ? (
          <th scope="col">{t("differences.values")}</th>
        ) : (
          runs.map(({ id, name, short, color }) => (
            <th key={id} scope="col" title={name}>
              <span className={styles.who}>
                <Swatch color={color} />
                <span>{short}</span>
              </span>
            </th>
          ))
        )}
      </tr>
    </thead>
  );
}

interface SameRow {
  readonly key: string;
  readonly text: string;
}

/** What is equal in all runs: folded, because nobody looks for it first. */
function Same({ rows, searching }: { rows: readonly SameRow[]; searching: boolean }) {
  const { t } = useTranslation("compare");
  const [isOpen, setOpen] = useState(false);
  if (rows.length === 0) return null;
  const shown = isOpen || searching;
  return (
    <div className={styles.same}>
      <button type="button" className={styles.toggle} aria-expanded={shown} onClick={() => setOpen(!shown)}>
        <DownIcon />
        {t("differences.same", { count: rows.length })}
      </button>
      {shown ? (
        <table className={styles.table}>
          <tbody>
            {rows.map(({ key, text }) => (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td>
                  <span className={styles.value}>{text}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </div>
  );
}

interface Part {
  readonly section: SectionId;
  readonly rows: readonly DifferenceRow[];
  readonly same: readonly SameRow[];
}

function useParts({ shown, differences, search }: Comparison): readonly Part[] {
  const find = search.find ?? "";
  const first = shown[0]?.id ?? "";
  const { data: everything } = useQuery(everythingQuery(first, first !== ""));
  return useMemo(() => {
    const runs = shown.map(({ id }) => id);
    const rows = (differences ?? []).flatMap((difference) => rowOf(difference, runs) ?? []);
    const differing = new Set(rows.map(({ section, key }) => `${section}\n${key}`));
    const same = everything ? allOf(everything).filter(({ section, key }) => !differing.has(`${section}\n${key}`)) : [];
    return SECTIONS.map((section) => ({
      section,
      rows: rows.filter((row) => row.section === section && matches(row.key, row.cells.map(({ text }) => text), find)),
      same: same
        .filter((one) => one.section === section)
        .map(({ key, value }) => ({ key, text: textOf(value) }))
        .filter(({ key, text }) => matches(key, [text], find)),
    }));
  }, [shown, differences, everything, find]);
}

function Section({ part, runs, searching }: { part: Part; runs: readonly Member[]; searching: boolean }) {
  const { t } = useTranslation("compare");
  const { section, rows, same } = part;
  if (rows.length + same.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby={`differences-${section}`}>
      <h2 id={`differences-${section}`}>
        {t(`differences.sections.${section}`)} <span>{rows.length === 0 ? t("differences.none") : rows.length}</span>
      </h2>
      {rows.length > 0 ? (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what does not fit scrolls, also by keyboard
        <div className={styles.scroller} tabIndex={0} role="region" aria-labelledby={`differences-${section}`}>
          <table className={styles.table} data-columns={runs.length > COLUMNS_MOST ? 1 : runs.length} data-testid={`differences-table-${section}`}>
            <Head runs={runs} />
            <tbody>
              {rows.map((row) => (
                <Row key={row.key} row={row} runs={runs} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <Same rows={same} searching={searching} />
    </section>
  );
}

/** How the runs differ in arguments, effective settings, data, code, packages and machine. */
export default function DifferencesTab({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  const { shown, search, differences } = comparison;
  const parts = useParts(comparison);
  const searching = (search.find ?? "").trim() !== "";
  const isEmpty = differences !== null && parts.every(({ rows, same }) => rows.length + same.length === 0);
  return (
    <div className={styles.tab}>
      <TextInput
        className={styles.find}
        size="xs"
        type="search"
        aria-label={t("differences.find")}
        placeholder={t("differences.find")}
        leftSection={<SearchIcon />}
        defaultValue={search.find ?? ""}
        onChange={(event) => change({ find: event.currentTarget.value === "" ? undefined : event.currentTarget.value })}
      />
      {shown.length === 1 ? <p className={styles.note}>{t("differences.one")}</p> : null}
      {isEmpty ? <Notice title={searching ? t("differences.noneFound") : t("differences.nothing")} /> : null}
      {parts.map((part) => (
        <Section key={part.section} part={part} runs={shown} searching={searching} />
      ))}
    </div>
  );
}
