import { TextInput } from "@mantine/core";
import { useState, type DragEvent, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../i18n/use-language";
import { matcherOf } from "../../panels/matcher";
import type { SharedSeries } from "../../panels/shared-series";
import { CloseIcon, DownIcon, SearchIcon, UpIcon } from "../../ui/icons";
import { useToasts } from "../../ui/Toasts";
import styles from "./Editor.module.css";
import { isPattern, seriesOf } from "./plan";
import { MOST_CHARTS, moved } from "./state";

interface ChartsEditorProps {
  readonly charts: readonly string[];
  readonly series: readonly SharedSeries[];
  readonly onChange: (charts: readonly string[]) => void;
}

function IconButton({ label, disabled = false, onClick, children }: { label: string; disabled?: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className={styles.icon} aria-label={label} title={label} disabled={disabled} onClick={onClick}>
      {children}
    </button>
  );
}

function useTitle(series: readonly SharedSeries[]): (entry: string) => string {
  const { t } = useTranslation("boards");
  const language = useLanguage();
  return (entry) => {
    if (isPattern(entry)) return t("edit.matches", { count: seriesOf(entry, series).length });
    return series.find(({ name }) => name === entry)?.title[language] ?? t("edit.unknown");
  };
}

/** Moves by arrow keys with Alt, and by dragging a line onto another. */
function useMoving({ charts, onChange }: ChartsEditorProps) {
  const [dragged, setDragged] = useState<string | null>(null);
  const move = (entry: string, by: number) => onChange(moved(charts, entry, by));
  return {
    move,
    props: (entry: string) => ({
      draggable: true,
      onDragStart: (event: DragEvent) => {
        setDragged(entry);
        event.dataTransfer.effectAllowed = "move";
      },
      onDragOver: (event: DragEvent) => event.preventDefault(),
      onDrop: (event: DragEvent) => {
        event.preventDefault();
        if (dragged !== null) move(dragged, charts.indexOf(entry) - charts.indexOf(dragged));
        setDragged(null);
      },
      onKeyDown: (event: KeyboardEvent) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (by === undefined || !event.altKey) return;
        event.preventDefault();
        move(entry, by);
      },
    }),
  };
}

function Chosen(props: ChartsEditorProps) {
  const { t } = useTranslation("boards");
  const toasts = useToasts();
  const { charts, series, onChange } = props;
  const title = useTitle(series);
  const moving = useMoving(props);
  function remove(entry: string): void {
    const before = charts;
    onChange(charts.filter((one) => one !== entry));
    toasts.show({ text: t("edit.removed", { name: entry }), action: { label: t("undo"), run: () => onChange(before) } });
  }
  if (charts.length === 0) return <p className={styles.nothing}>{t("edit.none")}</p>;
  return (
    <ul className={styles.list} aria-label={t("edit.chosen")}>
      {charts.map((entry, at) => (
        <li key={entry} className={styles.line} data-testid="board-chart" {...moving.props(entry)}>
          <span className={styles.entry}>
            <span className={styles.title}>{title(entry)}</span>
            <code title={entry}>{entry}</code>
          </span>
          <IconButton label={t("edit.earlier", { name: entry })} disabled={at === 0} onClick={() => moving.move(entry, -1)}>
            <UpIcon />
          </IconButton>
          <IconButton label={t("edit.later", { name: entry })} disabled={at === charts.length - 1} onClick={() => moving.move(entry, 1)}>
            <DownIcon />
          </IconButton>
          <IconButton label={t("edit.remove", { name: entry })} onClick={() => remove(entry)}>
            <CloseIcon />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}

const MOST_OFFERED = 60;

function offersFor(typed: string, charts: readonly string[], series: readonly SharedSeries[]): readonly SharedSeries[] {
  const left = series.filter(({ name }) => !charts.includes(name) && !name.startsWith("final/"));
  if (isPattern(typed)) return seriesOf(typed.trim(), left);
  const { matches } = matcherOf(typed);
  return left.filter(({ name, title }) => matches([name, title.en, title.zh])).slice(0, MOST_OFFERED);
}

function Offers({ charts, series, onChange }: ChartsEditorProps) {
  const { t } = useTranslation("boards");
  const language = useLanguage();
  const [typed, setTyped] = useState("");
  const pattern = typed.trim();
  const offers = offersFor(typed, charts, series);
  const isFull = charts.length >= MOST_CHARTS;
  const add = (entry: string) => onChange([...charts, entry]);
  const canAddPattern = isPattern(pattern) && !charts.includes(pattern) && offers.length > 0 && !isFull;
  function onEnter(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (canAddPattern) add(pattern);
    else if (offers[0] && typed !== "" && !isFull) add(offers[0].name);
    setTyped("");
  }
  return (
    <>
      <TextInput size="xs" type="search" leftSection={<SearchIcon />} placeholder={t("edit.search")} aria-label={t("edit.search")} value={typed} data-testid="find-chart" onChange={(event) => setTyped(event.currentTarget.value)} onKeyDown={onEnter} />
      <ul className={styles.list} aria-label={t("edit.offered")}>
        {canAddPattern ? (
          <li>
            <button type="button" className={styles.offer} onClick={() => add(pattern)}>
              <span className={styles.title}>{t("edit.addPattern", { count: offers.length })}</span>
              <code>{pattern}</code>
            </button>
          </li>
        ) : null}
        {offers.map(({ name, title }) => (
          <li key={name}>
            <button type="button" className={styles.offer} disabled={isFull} aria-label={t("edit.add", { name })} onClick={() => add(name)}>
              <span className={styles.title}>{title[language]}</span>
              <code title={name}>{name}</code>
            </button>
          </li>
        ))}
      </ul>
      {offers.length === 0 ? <p className={styles.nothing}>{t(series.length === 0 ? "edit.noSeries" : "edit.noneFound")}</p> : null}
    </>
  );
}

/** The charts of the board in their order, and what else there is to draw. */
export function ChartsEditor(props: ChartsEditorProps) {
  const { t } = useTranslation("boards");
  return (
    <div className={styles.charts}>
      <div className={styles.part}>
        <h2 className={styles.heading}>{t("edit.chosen")}</h2>
        <Chosen {...props} />
      </div>
      <div className={styles.part}>
        <h2 className={styles.heading}>{t("edit.offered")}</h2>
        <Offers {...props} />
      </div>
    </div>
  );
}
