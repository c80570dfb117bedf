import { useViewportSize } from "@mantine/hooks";
import { useEffect, useEffectEvent, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { SavedView } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatNumber, formatRelative } from "../../../lib/format";
import { ChartPanel } from "../../../panels/ChartPanel";
import { Swatch } from "../../../panels/Swatch";
import { useLiveState, useWatch } from "../../../series/live-context";
import { CloseIcon, LeftIcon, PauseIcon, PlayIcon, RightIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import { runIsOver } from "../../../ui/run-tone";
import { useNow } from "../../../ui/use-now";
import { stateOf } from "../state";
import { useBoardData, type BoardData } from "../use-board-data";
import { usePanelContext } from "../use-panel-context";
import { chartsAPage, freshnessOf, pagesOf, wallZoom } from "./pages";
import styles from "./Wall.module.css";

interface WallBoardProps {
  readonly view: SavedView;
  readonly seconds: number;
  /** How many boards there are. */
  readonly of: number;
  /** To the next board or the one before. */
  readonly go: (by: 1 | -1) => void;
  readonly leave: () => void;
}

const CLOCK_MS = 1_000;
const MOST_RUNS = 8;
const nothing = () => undefined;

/** The page that is shown, and how it goes on by itself. */
function useRotation(pages: number, { seconds, of, go }: WallBoardProps) {
  const [at, setAt] = useState(0);
  const [paused, setPaused] = useState(false);
  const page = Math.min(at, pages - 1);
  function step(by: 1 | -1): void {
    const next = page + by;
    if (next >= 0 && next < pages) setAt(next);
    else if (of > 1) go(by);
    else setAt((next + pages) % pages);
  }
  const onward = useEffectEvent(() => step(1));
  const turns = pages > 1 || of > 1;
  useEffect(() => {
    if (paused || !turns) return undefined;
    const timer = setInterval(onward, seconds * 1000);
    return () => clearInterval(timer);
  }, [paused, turns, seconds]);
  return { page, paused, turns, step, pause: () => setPaused(!paused) };
}

/** Keys of the whole screen; the space bar belongs to the button that has the focus. */
function useWallKeys(does: Readonly<Record<string, () => void>>): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    const run = event.key === " " && event.target instanceof HTMLButtonElement ? undefined : does[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => press(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
}

function Tool({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className={styles.tool} aria-label={label} title={label} onClick={onClick}>
      {children}
    </button>
  );
}

/** Clock, connection, and how old what is shown is. */
function Status({ data }: { data: BoardData }) {
  const { t } = useTranslation("boards");
  const language = useLanguage();
  const now = useNow(CLOCK_MS);
  const connection = useLiveState();
  const runs = data.members.map(({ row }) => ({ isOver: runIsOver(row.state), updatedMs: Date.parse(row.updated) }));
  const freshness = freshnessOf(runs, now);
  const newest = Math.max(...runs.map(({ updatedMs }) => updatedMs));
  const age = runs.length === 0 ? "" : t("wall.newest", { when: formatRelative(newest, now, language) });
  const tone = connection === "connected" ? (freshness === "silent" ? "warn" : "good") : "bad";
  const said = { connected: freshness === "silent" ? t("wall.silent") : t("wall.live"), connecting: t("wall.connecting"), disconnected: t("wall.disconnected") }[connection];
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(now);
  return (
    <div className={styles.status}>
      <span className={styles.connection} data-tone={tone} role="status" data-testid="wall-connection">
        {said}
      </span>
      <span className={styles.age}>{age}</span>
      <time className={styles.clock} data-testid="wall-clock">
        {clock}
      </time>
    </div>
  );
}

/** Which line is which run: colour, name, how far it is. */
function Names({ data }: { data: BoardData }) {
  const { t } = useTranslation(["boards", "states"]);
  const language = useLanguage();
  const shown = data.members.slice(0, MOST_RUNS);
  return (
    <ul className={styles.names} aria-label={t("table.title")}>
      {shown.map(({ id, label, color, row }) => (
        <li key={id}>
          <Swatch color={color} />
          <span className={styles.runName}>{label}</span>
          <span className={styles.runState}>
            {runIsOver(row.state) ? t(`states:${row.state}`) : `${formatNumber(row.epoch, language)}${row.epochs === null ? "" : ` / ${formatNumber(row.epochs, language)}`}`}
          </span>
        </li>
      ))}
      {data.members.length > shown.length ? <li className={styles.runState}>{t("wall.moreRuns", { count: data.members.length - shown.length })}</li> : null}
    </ul>
  );
}

interface BarProps {
  readonly view: SavedView;
  readonly data: BoardData;
  readonly pages: number;
  readonly rotation: ReturnType<typeof useRotation>;
  readonly leave: () => void;
}

function Bar({ view, data, pages, rotation, leave }: BarProps) {
  const { t } = useTranslation("boards");
  return (
    <header className={styles.bar}>
      <h1 className={styles.title} title={view.name}>
        {view.name}
      </h1>
      <div className={styles.tools}>
        {rotation.turns ? (
          <>
            <span className={styles.place} data-testid="wall-page">{`${rotation.page + 1} / ${pages}`}</span>
            <Tool label={t("wall.previous")} onClick={() => rotation.step(-1)}>
              <LeftIcon />
            </Tool>
            <Tool label={t(rotation.paused ? "wall.play" : "wall.pause")} onClick={rotation.pause}>
              {rotation.paused ? <PlayIcon /> : <PauseIcon />}
            </Tool>
            <Tool label={t("wall.next")} onClick={() => rotation.step(1)}>
              <RightIcon />
            </Tool>
          </>
        ) : null}
        <Tool label={t("wall.leave")} onClick={leave}>
          <CloseIcon />
        </Tool>
      </div>
      <Status data={data} />
    </header>
  );
}

/** The size is known from the first moment on: a chart is made as sharp as the zoom that it begins with. */
function useScreenSize() {
  const { width, height } = useViewportSize();
  return { width: width || window.innerWidth, height: height || window.innerHeight };
}

/** The charts of one board, a page at a time. */
export function WallBoard(props: WallBoardProps) {
  const { view, leave } = props;
  const { t } = useTranslation("boards");
  const { width, height } = useScreenSize();
  const state = useMemo(() => stateOf(view.state), [view.state]);
  const data = useBoardData(view.project, state);
  useWatch(useMemo(() => data.members.map(({ id }) => id), [data.members]));
  const context = usePanelContext(state, data, { window: null, onZoom: nothing, onOwn: nothing });
  const shape = chartsAPage(width, height);
  const pages = useMemo(() => pagesOf(data.plans, shape.columns * shape.rows), [data.plans, shape.columns, shape.rows]);
  const rotation = useRotation(pages.length, props);
  const shown = pages[rotation.page] ?? [];
  const columns = Math.min(shape.columns, Math.max(1, shown.length));
  const rows = Math.max(1, Math.ceil(shown.length / columns));

  useWallKeys({ ArrowRight: () => rotation.step(1), ArrowLeft: () => rotation.step(-1), " ": rotation.pause });
  return (
    <div className={styles.board}>
      <Bar view={view} data={data} pages={pages.length} rotation={rotation} leave={leave} />
      {shown.length > 0 && data.members.length > 0 ? (
        <div className={styles.charts} style={{ zoom: wallZoom(width, height), gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))` }}>
          {shown.map((plan) => (
            <ChartPanel key={plan.key} plan={plan} context={context} />
          ))}
        </div>
      ) : (
        <div className={styles.empty}>{data.isLoading ? null : <Notice title={t("noRuns.title")} detail={t("noRuns.text")} />}</div>
      )}
      <Names data={data} />
    </div>
  );
}
