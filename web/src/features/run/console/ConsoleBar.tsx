import { ActionIcon, Button, TextInput } from "@mantine/core";
import { useEffect, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "../../../lib/clipboard";
import { formatNumber } from "../../../lib/format";
import { useLanguage } from "../../../i18n/use-language";
import { CheckIcon, ClockIcon, CopyIcon, DownIcon, DownloadIcon, SearchIcon, UpIcon } from "../../../ui/icons";
import styles from "./Console.module.css";
import type { Search } from "./use-search";

function SearchField({ search }: { search: Search }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  const { query, count, at } = search;
  function key(event: KeyboardEvent): void {
    if (event.key === "Escape") search.setQuery("");
    if (event.key === "Enter" && count > 0) search.step(event.shiftKey ? 1 : -1);
  }
  const found = count === 0 ? t("console.noMatch") : t("console.matches", { at: formatNumber(at, language), count: formatNumber(count, language) });
  return (
    <div className={styles.search}>
      <TextInput
        size="xs"
        type="search"
        aria-label={t("console.search")}
        placeholder={t("console.search")}
        leftSection={<SearchIcon />}
        value={query}
        onChange={(event) => search.setQuery(event.currentTarget.value)}
        onKeyDown={key}
        data-testid="console-search"
      />
      {query === "" ? null : (
        <>
          <span className={styles.found} role="status" data-testid="console-matches">
            {found}
          </span>
          <Step label={t("console.previous")} disabled={count < 2} run={() => search.step(-1)} icon={<UpIcon />} />
          <Step label={t("console.next")} disabled={count < 2} run={() => search.step(1)} icon={<DownIcon />} />
        </>
      )}
    </div>
  );
}

function Step({ label, disabled, run, icon }: { label: string; disabled: boolean; run: () => void; icon: ReactNode }) {
  return (
    <ActionIcon variant="subtle" color="gray" size="md" aria-label={label} title={label} disabled={disabled} onClick={run}>
      {icon}
    </ActionIcon>
  );
}

const SHOWN_MS = 1_500;

function CopyAll({ text }: { text: () => Promise<string> }) {
  const { t } = useTranslation("run");
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => void text().then(copyText).then(setDone, () => undefined);
  return (
    <Button variant="default" size="compact-sm" leftSection={done ? <CheckIcon /> : <CopyIcon />} onClick={copy} aria-label={t("console.copy")}>
      {t(done ? "console.copied" : "console.copy")}
    </Button>
  );
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

interface ConsoleBarProps {
  readonly search: Search;
  readonly withTimes: boolean;
  readonly onTimes: (shown: boolean) => void;
  readonly text: () => Promise<string>;
  readonly fileName: string;
}

/** What can be done with the lines: search, show their times, take them along. */
export function ConsoleBar({ search, withTimes, onTimes, text, fileName }: ConsoleBarProps) {
  const { t } = useTranslation("run");
  return (
    <div className={styles.bar} role="toolbar" aria-label={t("console.bar")}>
      <SearchField search={search} />
      <div className={styles.actions}>
        <Button
          variant={withTimes ? "light" : "default"}
          size="compact-sm"
          leftSection={<ClockIcon />}
          aria-pressed={withTimes}
          onClick={() => onTimes(!withTimes)}
          data-testid="console-times"
        >
          {t("console.times")}
        </Button>
        <CopyAll text={text} />
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<DownloadIcon />}
          onClick={() => void text().then((all) => save(all, fileName), () => undefined)}
          data-testid="console-download"
        >
          {t("console.download")}
        </Button>
      </div>
    </div>
  );
}
