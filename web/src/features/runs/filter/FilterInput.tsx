import { ActionIcon } from "@mantine/core";
import { useEffect, useRef, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../../i18n/use-language";
import { useCommands } from "../../../lib/commands";
import { formatNumber } from "../../../lib/format";
import { CloseIcon, SearchIcon } from "../../../ui/icons";
import listbox from "../../../ui/Listbox.module.css";
import type { Completion } from "./completion";
import styles from "./Filter.module.css";
import { useCompletion } from "./use-completion";
import type { Filter } from "./use-filter";

function Detail({ item }: { item: Completion }) {
  const { t } = useTranslation("finding");
  const language = useLanguage();
  return (
    <>
      <span className={listbox.aside}>{t(`filter.kinds.${item.kind}`)}</span>
      <span className={styles.found} {...(item.count === null ? {} : { title: t("filter.found", { count: item.count }) })}>
        {item.count === null ? "" : formatNumber(item.count, language)}
      </span>
    </>
  );
}

type Completing = ReturnType<typeof useCompletion>;

function Completions({ completing: { items, list } }: { completing: Completing }) {
  const { t } = useTranslation("finding");
  const shown = useRef<HTMLUListElement>(null);
  useEffect(() => {
    shown.current?.children[list.active]?.scrollIntoView({ block: "nearest" });
  }, [list.active]);
  return (
    <ul {...list.listProps} ref={shown} className={`${listbox.list} ${styles.completions}`} aria-label={t("filter.completions")} data-testid="completions">
      {items.map((item, index) => (
        <li key={`${item.kind} ${item.text}`} {...list.optionProps(index)} className={listbox.option}>
          <code className={`${listbox.text} ${styles.code}`} title={item.text}>
            {item.text}
          </code>
          <Detail item={item} />
        </li>
      ))}
    </ul>
  );
}

function Clear({ filter, field }: { filter: Filter; field: RefObject<HTMLInputElement | null> }) {
  const { t } = useTranslation("finding");
  const clear = () => {
    void filter.apply("");
    field.current?.focus();
  };
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      aria-label={t("filter.clear")}
      title={t("filter.clear")}
      onPointerDown={(event) => event.preventDefault()}
      onClick={clear}
    >
      <CloseIcon />
    </ActionIcon>
  );
}

const PLAIN = { autoComplete: "off", autoCapitalize: "off", autoCorrect: "off", spellCheck: false, enterKeyHint: "search" } as const;

interface FilterInputProps {
  readonly filter: Filter;
  readonly project: string | undefined;
  readonly describedBy: string;
}

/** The line in which a filter is typed. */
export function FilterInput({ filter, project, describedBy }: FilterInputProps) {
  const { t } = useTranslation("finding");
  const completing = useCompletion(filter, project);
  const { field, open, list } = completing;
  useCommands([{ id: "filter", title: t("filter.focus"), keys: "/", run: () => field.current?.focus() }]);
  return (
    <div className={styles.field} data-invalid={filter.fault !== null} data-pending={filter.pending}>
      <SearchIcon />
      <input
        ref={field}
        {...list.inputProps}
        className={styles.input}
        data-testid="filter"
        aria-label={t("filter.label")}
        aria-invalid={filter.fault !== null}
        aria-describedby={describedBy}
        aria-keyshortcuts="/"
        placeholder={t("filter.placeholder")}
        {...PLAIN}
        value={filter.text}
        onChange={(event) => {
          completing.follow(event);
          filter.edit(event.target.value);
          completing.show();
          list.reset();
        }}
        onSelect={completing.follow}
        onClick={filter.text === "" ? completing.show : undefined}
        onKeyDown={completing.onKeyDown}
        onBlur={() => {
          completing.close();
          filter.leave();
        }}
      />
      {filter.text === "" ? null : <Clear filter={filter} field={field} />}
      {open ? <Completions completing={completing} /> : null}
    </div>
  );
}
