import { TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import { CopyButton } from "../../ui/CopyButton";
import { SearchIcon } from "../../ui/icons";
import { matching, rowsOf } from "./config-rows";
import styles from "./ConfigTab.module.css";

const PARTS = ["config", "settings", "provenance"] as const;

function Row({ name, value }: { name: string; value: string }) {
  const { t } = useTranslation("run");
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <div className={styles.value}>
          <span>{value}</span>
          <CopyButton text={value} label={t("config.copy")} doneLabel={t("config.copied")} />
        </div>
      </td>
    </tr>
  );
}

function Part({ part, run, query }: { part: (typeof PARTS)[number]; run: RunDetail; query: string }) {
  const { t } = useTranslation("run");
  const all = useMemo(() => rowsOf(run[part]), [run, part]);
  const rows = matching(all, query);
  return (
    <section className={styles.part}>
      <h2>
        {t(`config.${part}`)} <span>{query === "" ? all.length : `${rows.length}/${all.length}`}</span>
      </h2>
      {rows.length === 0 ? (
        <p className={styles.nothing}>{all.length === 0 ? t("config.nothing") : t("config.noMatch", { query })}</p>
      ) : (
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
      )}
    </section>
  );
}

/** What the run was started with, what came of it, and on what it stood. */
export function ConfigTab({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const [query, setQuery] = useState("");
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
      {PARTS.map((part) => (
        <Part key={part} part={part} run={run} query={query} />
      ))}
    </div>
  );
}
