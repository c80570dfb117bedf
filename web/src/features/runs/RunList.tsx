import { useMediaQuery } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo, useState, type ReactNode } from "react";
import type { RunSummary } from "../../api/client";
import { bringAllTexts } from "../../i18n";
import { runIsOver } from "../../ui/run-tone";
import { useRunActions } from "./bulk/use-run-actions";
import { toggled } from "./groups/groups";
import { useGroupTitle } from "./groups/use-group-title";
import { orderOf, sortFrom } from "./list/terms";
import { NothingFound } from "./NothingFound";
import { route, useViewChange } from "./route";
import { RunsHeader } from "./RunsHeader";
import { focusTable } from "./table/focus";
import type { Sorting } from "./table/Head";
import { RunTable } from "./table/RunTable";
import { among, NOTHING, type Selection } from "./table/selection";
import type { Choice } from "./table/use-choice";
import type { Deeds } from "./table/use-deeds";
import { useLines } from "./table/use-lines";
import type { Imports } from "./use-imports";
import type { useRuns } from "./use-runs";

const BulkBar = lazy(() => import("./bulk/BulkBar"));
const RunSheet = lazy(() => Promise.all([import("../../acts/RunSheet"), bringAllTexts()]).then(([sheet]) => sheet));

const NARROW = "(max-width: 600px)";
const NO_RUNS: readonly RunSummary[] = [];

/** The chosen runs; those that have gone are chosen no more. */
function useSelection(runs: readonly RunSummary[]) {
  const [chosen, set] = useState<Selection>(NOTHING);
  const byId = useMemo(() => new Map(runs.map((run) => [run.id, run])), [runs]);
  const present = useMemo(() => among(chosen, new Set(byId.keys())), [chosen, byId]);
  if (present !== chosen) set(present);
  const members = useMemo(() => [...present].flatMap((id) => byId.get(id) ?? []), [present, byId]);
  return { choice: { chosen: present, set }, members };
}

/** Choosing all means all that match: those on their way are chosen when they are here. */
function useChooseAll(runs: readonly RunSummary[], of: Pick<Loaded, "isComplete" | "loadAll">, { chosen, set }: Choice) {
  const [waiting, setWaiting] = useState(false);
  if (waiting && of.isComplete) {
    setWaiting(false);
    set(new Set(runs.map((run) => run.id)));
  }
  const { loadAll } = of;
  return useCallback(() => {
    if (chosen.size >= runs.length && chosen.size > 0) return set(NOTHING);
    loadAll();
    setWaiting(true);
    return undefined;
  }, [chosen, runs, set, loadAll]);
}

type Loaded = ReturnType<typeof useRuns>;

interface RunListProps {
  /** Null while they are not known; then `instead` is shown. */
  readonly runs: readonly RunSummary[] | null;
  readonly instead: ReactNode;
  readonly of: Loaded;
  readonly imports: Imports;
}

/** What the rows of the table do. */
function useTableDeeds(own: Omit<Deeds, "fold" | "open">): Deeds {
  const { folded, folds } = route.useSearch();
  const go = useViewChange();
  const navigate = useNavigate();
  return {
    ...own,
    fold: (key) => go(toggled(key, { folds, folded })),
    open(run, place) {
      if (place === "tab") window.open(`/runs/${run.id}`, "_blank", "noopener");
      else void navigate({ to: "/runs/$runId", params: { runId: run.id } });
    },
  };
}

function useSorting(): Sorting {
  const { sort } = route.useSearch();
  const go = useViewChange();
  return { order: orderOf(sort), change: (order) => go({ sort: sortFrom(order) }) };
}

/** The list with its head and, while runs are chosen, what can be done to them. */
export function RunList({ runs: known, instead, of, imports }: RunListProps) {
  const runs = known ?? NO_RUNS;
  const { by, folded, folds, project } = route.useSearch();
  const narrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false }) ?? false;
  const [choosing, setChoosing] = useState(false);
  const { choice, members } = useSelection(runs);
  const actions = useRunActions();
  const [controlled, control] = useState<RunSummary | null>(null);
  const deeds = useTableDeeds({
    star: actions.star,
    control: (run) => (runIsOver(run.state) ? undefined : control(run)),
    chooseAll: useChooseAll(runs, of, choice),
    chooseFrom: () => setChoosing(true),
  });
  const lines = useLines(runs, of.total, by, { folds, folded });
  const table = { runs, lines, choice, narrow, choosing, deeds, sorting: useSorting(), titleOf: useGroupTitle(by) };
  const clear = () => {
    choice.set(NOTHING);
    setChoosing(false);
    focusTable();
  };
  const tools = { columns: of.columns, narrow, choosing, setChoosing: (on: boolean) => (on ? setChoosing(true) : clear()) };
  const found = runs.length === 0 ? <NothingFound /> : <RunTable {...table} columns={of.columns} metrics={of.metrics} loadMore={of.loadMore} stale={of.stale} />;
  return (
    <>
      <RunsHeader counts={known && { total: of.total, loaded: runs.length }} imports={imports} tools={known && tools} />
      {known ? found : instead}
      {members.length > 0 ? (
        <Suspense>
          <BulkBar runs={members} project={project} actions={actions} clear={clear} />
        </Suspense>
      ) : null}
      {controlled ? (
        <Suspense>
          <RunSheet run={controlled} close={() => control(null)} />
        </Suspense>
      ) : null}
    </>
  );
}
