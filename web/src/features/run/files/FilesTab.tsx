import { NativeSelect, Skeleton, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { itemNamesQuery } from "../../../items/queries";
import { SearchIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import { useItemsView } from "../use-items-view";
import { entriesFrom, FILE_KINDS, found, type FileEntry } from "./entries";
import styles from "./Files.module.css";
import { Viewer } from "./Viewer";

interface ListProps {
  readonly entries: readonly FileEntry[];
  readonly chosen: FileEntry;
  readonly onChoose: (id: string) => void;
}

/** All names by kind: beside what is looked at, on a phone as one field above it. */
function List({ entries, chosen, onChoose }: ListProps) {
  const { t } = useTranslation("items");
  const [query, setQuery] = useState("");
  const shown = found(entries, query);
  const groups = FILE_KINDS.flatMap((kind) => {
    const members = shown.filter((one) => one.kind === kind);
    return members.length > 0 ? [{ kind, members }] : [];
  });
  const all = FILE_KINDS.flatMap((kind) => {
    const members = entries.filter((one) => one.kind === kind);
    return members.length > 0 ? [{ group: t(`files.kinds.${kind}`), items: members.map(({ id, name }) => ({ value: id, label: name })) }] : [];
  });
  return (
    <>
      <NativeSelect className={styles.select} aria-label={t("files.list")} data={all} value={chosen.id} onChange={(event) => onChoose(event.currentTarget.value)} />
      <nav className={styles.list} aria-label={t("files.list")} data-testid="files">
        <TextInput
          size="xs"
          type="search"
          aria-label={t("files.search")}
          placeholder={t("files.search")}
          leftSection={<SearchIcon />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        {groups.length === 0 ? <p className={styles.dim}>{t("noMatch", { query })}</p> : null}
        {groups.map(({ kind, members }) => (
          <section key={kind}>
            <h3>{t(`files.kinds.${kind}`)}</h3>
            {members.map(({ id, name }) => (
              <button key={id} type="button" aria-current={id === chosen.id ? "true" : undefined} title={name} onClick={() => onChoose(id)}>
                {name}
              </button>
            ))}
          </section>
        ))}
      </nav>
    </>
  );
}

/** Tables, texts, figures, files, and whatever else was logged that no other tab shows. */
export default function FilesTab({ run }: { run: RunDetail }) {
  const { t } = useTranslation("items");
  const [{ file }, change] = useItemsView();
  const { data, error, refetch } = useQuery(itemNamesQuery(run.id));
  const entries = useMemo(() => entriesFrom(data ?? []), [data]);
  const chosen = entries.find(({ id }) => id === file) ?? entries[0];
  if (error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  if (!data) return <Skeleton className={styles.loading} />;
  if (!chosen) return <Notice title={t("files.none")} detail={t("mediaHow", { project: run.project })} />;
  return (
    <div className={styles.files}>
      <List entries={entries} chosen={chosen} onChoose={(id) => change({ file: id, at: undefined })} />
      <Viewer key={chosen.id} run={run} entry={chosen} />
    </div>
  );
}
