import { Button, Skeleton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { SavedView } from "../../api/client";
import { ApiError } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { formatRelative } from "../../lib/format";
import { ChartPanel } from "../../panels/ChartPanel";
import { PrintNote } from "../../panels/PrintNote";
import { useWatch } from "../../series/live-context";
import { Notice } from "../../ui/Notice";
import { useNow } from "../../ui/use-now";
import { BoardHead } from "./BoardHead";
import styles from "./Board.module.css";
import { route, useChange, zoomedTo } from "./route";
import { RunsTable } from "./RunsTable";
import { stateOf, type BoardState } from "./state";
import { useBoard, type Board } from "./use-board";
import { useBoardData, type BoardData } from "./use-board-data";
import { usePanelContext } from "./use-panel-context";

const Editor = lazy(() => import("./Editor"));
const Wall = lazy(() => import("./wall/Wall"));

const CLOCK_MS = 20_000;
const NONE_HIDDEN: readonly string[] = [];

function Loading() {
  return (
    <div className={styles.loading} aria-busy="true">
      <Skeleton height={28} width={280} />
      <div className={styles.grid}>
        <Skeleton height={260} />
        <Skeleton height={260} />
        <Skeleton height={260} />
      </div>
    </div>
  );
}

/** Somebody else changed the board meanwhile: theirs or mine. */
function ConflictNote({ board, conflict }: { board: Board; conflict: NonNullable<Board["conflict"]> }) {
  const { t } = useTranslation("boards");
  const language = useLanguage();
  const now = useNow(CLOCK_MS);
  const when = formatRelative(Date.parse(conflict.theirs.updated), now, language);
  return (
    <div className={styles.conflict} role="alert" data-testid="board-conflict">
      <p>{t("conflict.text", { when })}</p>
      <Button size="compact-sm" variant="default" onClick={() => board.settle("theirs")}>
        {t("conflict.theirs")}
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => board.settle("mine")}>
        {t("conflict.mine")}
      </Button>
    </div>
  );
}

/** Why there is nothing to see, with the way on. */
function Nothing({ data, state }: { data: BoardData; state: BoardState }) {
  const { t } = useTranslation("boards");
  const change = useChange();
  const edit = { label: t("edit.open"), run: () => change({ edit: true }) };
  if (data.error && data.members.length === 0) {
    const isFilter = data.error instanceof ApiError && data.error.status === 422;
    return <Notice title={t(isFilter ? "filterFault" : "runsError")} detail={data.error.message} action={isFilter ? edit : { label: t("retry"), run: data.retry }} />;
  }
  if (state.charts.length === 0) return <Notice title={t("noCharts.title")} detail={t("noCharts.text")} action={edit} />;
  if (data.isLoading) return null;
  if (data.members.length === 0) return <Notice title={t("noRuns.title")} detail={t("noRuns.text")} />;
  return data.plans.length === 0 ? <Notice title={t("noSeries.title")} detail={t("noSeries.text")} action={edit} /> : null;
}

function Charts({ view, board, data }: { view: SavedView; board: Board; data: BoardData }) {
  const { t } = useTranslation("boards");
  const search = route.useSearch();
  const change = useChange();
  const state = stateOf(view.state);
  const { from, to } = search;
  const window = useMemo(() => (from === undefined || to === undefined ? null : ([from, to] as const)), [from, to]);
  const context = usePanelContext(state, data, { window, onZoom: (next) => change(zoomedTo(next)), onOwn: (own) => board.change({ own }) });
  const columns = state.columns === null ? {} : { gridTemplateColumns: `repeat(${state.columns}, minmax(0, 1fr))` };
  if (data.plans.length === 0 || data.members.length === 0) return <Nothing data={data} state={state} />;
  return (
    <section className={styles.grid} aria-label={t("charts")} data-fixed={state.columns !== null} style={columns}>
      {data.plans.map((plan) => (
        <ChartPanel key={plan.key} plan={plan} context={context} />
      ))}
    </section>
  );
}

function Content({ view, board }: { view: SavedView; board: Board }) {
  const { edit = false, hidden = NONE_HIDDEN, wall } = route.useSearch();
  const state = useMemo(() => stateOf(view.state), [view.state]);
  const data = useBoardData(view.project, state, hidden);
  useDocumentTitle(`${view.name} · yoloscope`);
  useWatch(useMemo(() => data.members.map(({ id }) => id), [data.members]));
  return (
    <div className={styles.page}>
      <BoardHead view={view} board={board} state={state} data={data} />
      {board.conflict ? <ConflictNote board={board} conflict={board.conflict} /> : null}
      {edit ? (
        <Suspense fallback={<Skeleton height={240} />}>
          <Editor view={view} board={board} state={state} data={data} />
        </Suspense>
      ) : null}
      <PrintNote />
      <Charts view={view} board={board} data={data} />
      <RunsTable data={data} />
      {wall === undefined ? null : (
        <Suspense>
          <Wall first={view.id} />
        </Suspense>
      )}
    </div>
  );
}

/** A board: the same charts for all runs that match now. */
export default function BoardPage() {
  const { t } = useTranslation("boards");
  const { boardId } = route.useParams();
  const navigate = route.useNavigate();
  const board = useBoard(boardId);
  if (board.view) return <Content key={boardId} view={board.view} board={board} />;
  if (board.isLoading) return <Loading />;
  if (board.error) return <Notice title={t("error")} detail={board.error.message} action={{ label: t("retry"), run: board.retry }} />;
  return <Notice title={t("gone")} action={{ label: t("toBoards"), run: () => void navigate({ to: "/boards" }) }} />;
}
