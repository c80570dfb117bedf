import { SegmentedControl, Select, Slider, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { SavedView } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { X_AXES } from "../../lib/columns";
import { ChartsEditor } from "./ChartsEditor";
import styles from "./Editor.module.css";
import { projectsQuery } from "./queries";
import { LIMITS, MOST_COLUMNS, type BoardState } from "./state";
import type { Board } from "./use-board";
import type { BoardData } from "./use-board-data";

interface EditorProps {
  readonly view: SavedView;
  readonly board: Board;
  readonly state: BoardState;
  readonly data: BoardData;
}

const ALL = "\u0000";
const NEWEST = "\u0000";
const AUTO = "auto";

function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children(id)}
    </div>
  );
}

function Filter({ board, state, fault }: { board: Board; state: BoardState; fault: string | null }) {
  const { t } = useTranslation("boards");
  const [typed, setTyped] = useState(state.where);
  const apply = () => (typed.trim() === state.where.trim() ? undefined : board.change({ where: typed.trim() }));
  return (
    <Field label={t("edit.where")}>
      {(id) => (
        <TextInput
          id={id}
          size="xs"
          className={styles.where}
          placeholder={'state == "running"'}
          spellCheck={false}
          autoComplete="off"
          maxLength={4000}
          error={fault}
          value={typed}
          data-testid="board-where"
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={apply}
          onKeyDown={(event) => event.key === "Enter" && !event.nativeEvent.isComposing && apply()}
        />
      )}
    </Field>
  );
}

function Order({ board, state, data }: { board: Board; state: BoardState; data: BoardData }) {
  const { t } = useTranslation("boards");
  const language = useLanguage();
  const ranked = data.series.filter(({ direction, family }) => direction !== "none" && (family === "metric" || family === "loss" || family === "class"));
  const options = ranked.map(({ name, title }) => ({ value: name, label: t("edit.bestBy", { metric: title[language] }) }));
  const own = state.best && !ranked.some(({ name }) => name === state.best?.metric) ? [{ value: state.best.metric, label: t("edit.bestBy", { metric: state.best.metric }) }] : [];
  function choose(value: string | null): void {
    const info = ranked.find(({ name }) => name === value);
    board.change({ best: info ? { metric: info.name, lower: info.direction === "lower" } : null });
  }
  return (
    <Field label={t("edit.order")}>
      {(id) => (
        <Select
          id={id}
          size="xs"
          searchable
          allowDeselect={false}
          data={[{ value: NEWEST, label: t("edit.newest") }, ...own, ...options]}
          value={state.best?.metric ?? NEWEST}
          onChange={choose}
          comboboxProps={{ width: "max-content", position: "bottom-start" }}
        />
      )}
    </Field>
  );
}

function Projects({ view, board }: { view: SavedView; board: Board }) {
  const { t } = useTranslation("boards");
  const { data } = useQuery(projectsQuery());
  const names = [...new Set([...(data?.items.map(({ name }) => name) ?? []), ...(view.project === null ? [] : [view.project])])];
  return (
    <Field label={t("edit.project")}>
      {(id) => (
        <Select
          id={id}
          size="xs"
          allowDeselect={false}
          searchable={names.length > 8}
          data={[{ value: ALL, label: t("allProjects") }, ...names.map((name) => ({ value: name, label: name }))]}
          value={view.project ?? ALL}
          onChange={(project) => board.moveTo(project === ALL ? null : project)}
        />
      )}
    </Field>
  );
}

function Smoothing({ board, state }: { board: Board; state: BoardState }) {
  const { t } = useTranslation("boards");
  const [weight, setWeight] = useState(state.smoothing);
  return (
    <div className={styles.field}>
      <span className={styles.label} id="board-smoothing">
        {t("edit.smoothing")}
      </span>
      <div className={styles.smoothing}>
        <Slider className={styles.slider} size="xs" min={0} max={0.99} step={0.01} label={null} value={weight} onChange={setWeight} onChangeEnd={(smoothing) => board.change({ smoothing })} thumbProps={{ "aria-labelledby": "board-smoothing" }} />
        <span className={styles.weight}>{weight.toFixed(2)}</span>
      </div>
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly data: readonly { readonly value: string; readonly label: string }[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Choice({ label, data, value, onChange }: ChoiceProps) {
  return (
    <div className={styles.field}>
      <span className={styles.label}>{label}</span>
      <SegmentedControl size="xs" withItemsBorders={false} aria-label={label} data={[...data]} value={value} onChange={onChange} />
    </div>
  );
}

/** Which runs, how they are drawn, and which charts. Every change is saved at once. */
export default function Editor({ view, board, state, data }: EditorProps) {
  const { t } = useTranslation("boards");
  const columns = [AUTO, ...Array.from({ length: MOST_COLUMNS }, (_, at) => String(at + 1))];
  return (
    <section className={styles.editor} aria-label={t("edit.title")}>
      <div className={styles.settings}>
        <Projects view={view} board={board} />
        <Filter key={state.where} board={board} state={state} fault={data.error?.message ?? null} />
        <Order board={board} state={state} data={data} />
        <Choice label={t("edit.limit")} data={LIMITS.map((limit) => ({ value: String(limit), label: String(limit) }))} value={String(state.limit)} onChange={(limit) => board.change({ limit: Number(limit) })} />
        <Choice label={t("edit.x")} data={X_AXES.map((axis) => ({ value: axis, label: t(`edit.axes.${axis}`) }))} value={state.x} onChange={(x) => board.change({ x: X_AXES.find((axis) => axis === x) ?? state.x })} />
        <Choice label={t("edit.scale")} data={[{ value: "linear", label: t("edit.linear") }, { value: "log", label: t("edit.log") }]} value={state.log ? "log" : "linear"} onChange={(scale) => board.change({ log: scale === "log" })} />
        <Smoothing board={board} state={state} />
        <Choice label={t("edit.columns")} data={columns.map((value) => ({ value, label: value === AUTO ? t("edit.auto") : value }))} value={state.columns === null ? AUTO : String(state.columns)} onChange={(value) => board.change({ columns: value === AUTO ? null : Number(value) })} />
      </div>
      <ChartsEditor charts={state.charts} series={data.series} onChange={(charts) => board.change({ charts })} />
      <p className={styles.saved}>{t("edit.saved")}</p>
    </section>
  );
}
