import { CloseButton, TextInput } from "@mantine/core";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { matcherOf } from "../../panels/matcher";
import { SearchIcon } from "../../ui/icons";
import { route, useViewChange } from "./route";
import styles from "./Toolbar.module.css";

const TYPING_MS = 150; // browsers limit how often an address may change

/** What is typed, and a moment later the address. */
function useFind() {
  const { find = "" } = route.useSearch();
  const change = useViewChange();
  const [draft, setDraft] = useState({ from: find, text: find });
  const text = draft.from === find ? draft.text : find;
  const commit = useEffectEvent((typed: string) => change({ find: typed.trim() === "" ? undefined : typed }));
  useEffect(() => {
    if (text === find) return undefined;
    const timer = setTimeout(() => commit(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, find]);
  return { text, type: (typed: string) => setDraft({ from: find, text: typed }) };
}

/** Finds charts by words or by a pattern while it is typed. */
export function ChartSearchField({ found, total }: { found: number; total: number }) {
  const { t } = useTranslation("panels");
  const { text, type } = useFind();
  const { kind } = matcherOf(text);
  const told = kind === "broken" ? t("search.broken") : t("search.found", { count: found, total });
  return (
    <div className={styles.search}>
      <TextInput
        className={styles.searchInput}
        size="xs"
        type="search"
        leftSection={<SearchIcon />}
        rightSection={text === "" ? null : <CloseButton size="sm" aria-label={t("search.clear")} onClick={() => type("")} />}
        aria-label={t("search.label")}
        placeholder={t("search.placeholder")}
        data-testid="chart-search"
        value={text}
        onChange={({ currentTarget }) => type(currentTarget.value)}
        onKeyDown={({ key }) => key === "Escape" && type("")}
      />
      <span className={styles.found} role="status" data-broken={kind === "broken"}>
        {kind === "all" ? "" : told}
      </span>
    </div>
  );
}
