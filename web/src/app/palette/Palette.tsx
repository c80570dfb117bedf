import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CloseIcon, SearchIcon } from "../../ui/icons";
import { useListbox } from "../../ui/use-listbox";
import { Dialog } from "./Dialog";
import { sectionsBeforeTyping, sectionsFor, type Entry, type Section } from "./entries";
import styles from "./Palette.module.css";
import { runsByNameQuery } from "./queries";
import { recallRecent, rememberRecent } from "./recent";
import { useEntries, useRunEntry } from "./use-entries";

const TYPING_MS = 150;

function useSections(typed: string): { readonly sections: readonly Section[]; readonly isSearching: boolean } {
  const entries = useEntries();
  const runEntry = useRunEntry();
  const [recent] = useState(recallRecent);
  const trimmed = typed.trim();
  const [asked] = useDebouncedValue(trimmed, TYPING_MS);
  const { data = [], isFetching } = useQuery({ ...runsByNameQuery(asked), placeholderData: keepPreviousData });
  if (trimmed === "") return { sections: sectionsBeforeTyping(recent, entries), isSearching: false };
  return { sections: sectionsFor(trimmed, entries, data.map(runEntry)), isSearching: isFetching || asked !== trimmed };
}

function useChoose(close: () => void): (entry: Entry) => void {
  const router = useRouter();
  return ({ id, title, kind, href, run }) => {
    rememberRecent({ id, title, kind, ...(href === undefined ? {} : { href }) });
    close();
    if (href !== undefined) router.history.push(href);
    else setTimeout(() => run?.()); // once the focus is back on the page: a command may move it
  };
}

interface OptionProps {
  readonly entry: Entry;
  readonly props: ReturnType<ReturnType<typeof useListbox>["optionProps"]>;
}

function Option({ entry: { title, aside, keys }, props }: OptionProps) {
  const line = useRef<HTMLDivElement>(null);
  const active = props["aria-selected"];
  useEffect(() => {
    if (active) line.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div ref={line} {...props} className={styles.option} data-testid="palette-option">
      <span className={styles.title} title={title}>
        {title}
      </span>
      {aside ? <span className={styles.aside}>{aside}</span> : null}
      {keys ? <kbd className={styles.keys}>{keys}</kbd> : null}
    </div>
  );
}

function Group({ section, from, optionProps }: { section: Section; from: number; optionProps: ReturnType<typeof useListbox>["optionProps"] }) {
  const { t } = useTranslation("commands");
  const label = t(`kinds.${section.kind}`);
  return (
    <div role="group" aria-label={label}>
      <div className={styles.heading} aria-hidden="true">
        {label}
      </div>
      {section.entries.map((entry, index) => (
        <Option key={entry.id} entry={entry} props={optionProps(from + index)} />
      ))}
    </div>
  );
}

const startsOf = (sections: readonly Section[]) =>
  sections.map((_, index) => sections.slice(0, index).reduce((sum, { entries }) => sum + entries.length, 0));

function Found({ sections, list }: { sections: readonly Section[]; list: ReturnType<typeof useListbox> }) {
  const { t } = useTranslation("commands");
  const starts = startsOf(sections);
  return (
    <div {...list.listProps} className={styles.list} aria-label={t("palette.found")}>
      {sections.map((section, index) => (
        <Group key={section.kind} section={section} from={starts[index] ?? 0} optionProps={list.optionProps} />
      ))}
    </div>
  );
}

/** Finds places and commands by their names; by the keyboard alone. */
export default function Palette({ close }: { close: () => void }) {
  const { t } = useTranslation("commands");
  const [typed, setTyped] = useState("");
  const { sections, isSearching } = useSections(typed);
  const choose = useChoose(close);
  const entries = sections.flatMap((section) => section.entries);
  const choosing = (index: number) => entries[index] && choose(entries[index]);
  const list = useListbox({ count: entries.length, open: entries.length > 0, initial: "first", onChoose: choosing });
  return (
    <Dialog label={t("palette.open")} close={close}>
      <div className={styles.field}>
        <SearchIcon />
        <input
          {...list.inputProps}
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- a dialog that was asked for to type in
          autoFocus
          className={styles.input}
          data-testid="palette-input"
          aria-label={t("palette.open")}
          placeholder={t("palette.placeholder")}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            list.reset();
          }}
          onKeyDown={list.onKey}
        />
        <button type="button" className={styles.close} aria-label={t("palette.close")} title={t("palette.close")} onClick={close}>
          <CloseIcon />
        </button>
      </div>
      <Found sections={sections} list={list} />
      <p className={styles.status} role="status" data-empty={entries.length === 0}>
        {entries.length > 0 ? "" : t(isSearching ? "palette.searching" : "palette.nothing", { typed: typed.trim() })}
      </p>
      <footer className={styles.foot} aria-hidden="true">
        <span>
          <kbd className={styles.keys}>↑ ↓</kbd> {t("palette.move")}
        </span>
        <span>
          <kbd className={styles.keys}>Enter</kbd> {t("palette.choose")}
        </span>
        <span>
          <kbd className={styles.keys}>Esc</kbd> {t("palette.leave")}
        </span>
      </footer>
    </Dialog>
  );
}
