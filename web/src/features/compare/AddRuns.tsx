import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { SearchIcon } from "../../ui/icons";
import { foundQuery } from "./queries";
import styles from "./RunsPanel.module.css";

const TYPED_MS = 200;

/** Finds runs by name on the server, and adds the one that is chosen. */
export function AddRuns({ known, onAdd }: { known: readonly string[]; onAdd: (id: string) => void }) {
  const { t } = useTranslation("compare");
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text, TYPED_MS);
  const { data = [] } = useQuery(foundQuery(asked, undefined));
  const options = data.filter(({ id }) => !known.includes(id));
  return (
    <Select
      className={styles.add}
      size="xs"
      aria-label={t("runs.add")}
      placeholder={t("runs.add")}
      leftSection={<SearchIcon />}
      rightSection={<span />}
      searchable
      selectFirstOptionOnChange
      searchValue={text}
      onSearchChange={setText}
      filter={({ options: all }) => all}
      data={options.map(({ id, name }) => ({ value: id, label: name }))}
      renderOption={({ option }) => (
        <span className={styles.option}>
          <span>{option.label}</span>
          <span className={styles.optionProject}>{data.find(({ id }) => id === option.value)?.project}</span>
        </span>
      )}
      nothingFoundMessage={t("runs.noneFound")}
      maxDropdownHeight={320}
      value={null}
      onChange={(id) => {
        if (id === null) return;
        onAdd(id);
        setText("");
      }}
    />
  );
}
