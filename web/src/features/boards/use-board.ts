import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SavedView } from "../../api/client";
import { changeView, isChangedByOthers, type ViewContent } from "../../edits/views/queries";
import { queryKeys } from "../../lib/query-keys";
import { useToasts } from "../../ui/Toasts";
import { boardsQuery } from "./queries";
import { savedState, stateOf, type BoardState } from "./state";

type Edit = Partial<ViewContent>;

/** Somebody else changed the board while it was changed here. */
export interface Conflict {
  readonly theirs: SavedView;
  readonly mine: Edit;
}

function know(client: QueryClient, saved: SavedView): void {
  client.setQueryData<SavedView[]>(queryKeys.views, (now = []) => now.map((one) => (one.id === saved.id ? saved : one)));
}

/** The board as the server last had it: newer than the rendered one just after a change. */
function newest(client: QueryClient, view: SavedView): SavedView {
  return client.getQueryData<SavedView[]>(queryKeys.views)?.find(({ id }) => id === view.id) ?? view;
}

/** What waits to be saved. */
function useWaiting() {
  const waiting = useRef<Edit | null>(null);
  return {
    has: () => waiting.current !== null,
    add(edit: Edit): void {
      waiting.current = { ...waiting.current, ...edit };
    },
    take(): Edit {
      const taken = waiting.current ?? {};
      waiting.current = null;
      return taken;
    },
  };
}

/** Saves edits one after the other; what is edited meanwhile goes along with the next. */
function useSaving(view: SavedView | undefined, refetch: () => Promise<readonly SavedView[]>) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<Edit | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const waiting = useWaiting();
  const busy = useRef(false);
  const { t } = useTranslation("boards");
  const toasts = useToasts();

  async function refused(reason: unknown, mine: Edit, id: string): Promise<void> {
    const theirs = isChangedByOthers(reason) ? (await refetch()).find((one) => one.id === id) : undefined;
    if (theirs) return setConflict({ theirs, mine });
    toasts.show({ text: t("notSaved", { reason: reason instanceof Error ? reason.message : "" }), tone: "bad" });
    setDraft(null);
  }

  async function saveAll(from: SavedView): Promise<void> {
    let current = from;
    busy.current = true;
    while (waiting.has()) {
      const sent = waiting.take();
      try {
        current = await changeView(current, sent);
        know(client, current);
      } catch (reason) {
        const mine: Edit = { ...sent, ...waiting.take() };
        busy.current = false;
        return refused(reason, mine, current.id);
      }
    }
    busy.current = false;
    setDraft(null);
  }

  function edit(change: Edit): void {
    if (!view) return;
    setDraft((now) => ({ ...now, ...change }));
    waiting.add(change);
    if (!busy.current && !conflict) void saveAll(newest(client, view));
  }

  function settle(by: "theirs" | "mine"): void {
    if (!conflict) return;
    const later = waiting.take();
    setConflict(null);
    if (by === "mine") waiting.add({ ...conflict.mine, ...later });
    if (by === "mine") void saveAll(conflict.theirs);
    else setDraft(null);
  }

  return { draft, conflict, edit, settle };
}

/** A board as it stands here, changes that are on their way included. Every change is saved at once. */
export function useBoard(id: string) {
  const { data, error, refetch } = useQuery(boardsQuery());
  const saved = data?.find((one) => one.id === id && one.kind === "board");
  const { draft, conflict, edit, settle } = useSaving(saved, async () => (await refetch()).data ?? []);
  const view = saved && draft ? { ...saved, ...draft } : saved;
  return {
    view,
    isLoading: !data && !error,
    error: data ? null : error,
    retry: () => void refetch(),
    conflict,
    settle,
    rename: (name: string) => edit({ name }),
    moveTo: (project: string | null) => edit({ project }),
    change: (part: Partial<BoardState>) => view && edit({ state: savedState({ ...stateOf(view.state), ...part }) }),
  };
}

export type Board = ReturnType<typeof useBoard>;
