import { TextInput } from "@mantine/core";
import { Fragment, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import { CopyButton } from "../../ui/CopyButton";
import { DownIcon, SearchIcon } from "../../ui/icons";
import { countOf, matching, partOf, type ConfigFold, type ConfigRow } from "./config-rows";
import styles from "./ConfigTab.module.css";
import { withheldFrom } from "./withheld";
import { WithheldNote } from "./WithheldNote";

const PARTS = ["config", "settings", "provenance"] as const;

/** A dotted key, which on a narrow screen breaks behind its dots rather than within a word. */
function Key({ name }: { name: string }) {
  const words = name.split(".");
  return words.map((word, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- the same word may come twice, and none moves
    <Fragment key={at}>
      {at === 0 ? null : <wbr />}
      {at === words.length - 1 ? word : `${word}.`}
    </Fragment>
  ));
}

function Row({ name, value }: { name: string; value: string }) {
  const { t } = useTranslation("run");
  return (
    <tr>
      <th scope="row">
        <Key name={name} />
      </th>
      <td>
        <div className={styles.value}>
          <span>{value}</span>
          <CopyButton text={value} label={t("config.copy")} doneLabel={t("config.copied")} />
        </div>
      </td>
    </tr>
  );
}

function Table({ rows }: { rows: readonly ConfigRow[] }) {
  const { t } = useTranslation("run");
  return (
    <table className={styles.table}>
      <colgroup>
        <col className={styles.keys} />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{t("config.key")}</th>
          <th scope="col">{t("config.value")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.key} name={row.key} value={row.value} />
        ))}
      </tbody>
    </table>
  );
}

/** A long table behind its name. While something is searched, what was found in it shows. */
function Fold({ fold, searching }: { fold: ConfigFold; searching: boolean }) {
  const [wanted, setWanted] = useState(false);
  const isOpen = wanted || searching;
  return (
    <div className={styles.fold}>
      <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={() => setWanted(!isOpen)}>
        <DownIcon />
        {fold.key} <span>{fold.rows.length}</span>
      </button>
      {isOpen ? <Table rows={fold.rows} /> : null}
    </div>
  );
}

function Nothing({ query, empty }: { query: string; empty: boolean }) {
  const { t } = useTranslation("run");
  return <p className={styles.nothing}>{empty ? t("config.nothing") : t("config.noMatch", { query })}</p>;
}

function Part({ part, run, query }: { part: (typeof PARTS)[number]; run: RunDetail; query: string }) {
  const { t } = useTranslation("run");
  const all = useMemo(() => partOf(run[part]), [run, part]);
  const found = matching(all, query);
  const [count, total] = [countOf(found), countOf(all)];
  const searching = query.trim() !== "";
  return (
    <section className={styles.part}>
      <h2>
        {t(`config.${part}`)} <span>{searching ? `${count}/${total}` : total}</span>
      </h2>
      {count === 0 ? <Nothing query={query} empty={total === 0} /> : null}
      {found.rows.length > 0 ? <Table rows={found.rows} /> : null}
      {found.folds.map((fold) => (
        <Fold key={fold.key} fold={fold} searching={searching} />
      ))}
    </section>
  );
}

/** What the run was started with, what came of it, and on what it stood. */
export default function ConfigTab({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const [query, setQuery] = useState("");
  const withheld = useMemo(() => withheldFrom(run), [run]);
  return (
    <div className={styles.config}>
      <TextInput
        className={styles.search}
        size="xs"
        type="search"
        aria-label={t("config.search")}
        placeholder={t("config.search")}
        leftSection={<SearchIcon />}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      {withheld ? <WithheldNote what={withheld} /> : null}
      {PARTS.map((part) => (
        <Part key={part} part={part} run={run} query={query} />
      ))}
    </div>
  );
}
