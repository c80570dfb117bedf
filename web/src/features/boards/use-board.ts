import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SavedView } from "../../api/client";
import { changeView, isChangedByOthers, type ViewContent } from "../../edits/views";
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

/** Saves edits one after the other; what is edited meanwhile goes along with the next. */
function useSaving(view: SavedView | undefined, refetch: () => Promise<readonly SavedView[]>) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<Edit | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const waiting = useRef<Edit | null>(null);
  const busy = useRef(false);
  const { t } = useTranslation("boards");
  const toasts = useToasts();
  const known = (saved: SavedView) => client.setQueryData<SavedView[]>(queryKeys.views, (now = []) => now.map((one) => (one.id === saved.id ? saved : one)));

  async function refused(reason: unknown, mine: Edit, id: string): Promise<void> {
    const theirs = isChangedByOthers(reason) ? (await refetch()).find((one) => one.id === id) : undefined;
    if (theirs) return setConflict({ theirs, mine });
    toasts.show({ text: t("notSaved", { reason: reason instanceof Error ? reason.message : "" }), tone: "bad" });
    setDraft(null);
  }

  async function saveAll(from: SavedView): Promise<void> {
    let current = from;
    busy.current = true;
    while (waiting.current) {
      const edit = waiting.current;
      waiting.current = null;
      try {
        current = await changeView(current, edit);
        known(current);
      } catch (reason) {
        const mine = { ...edit, ...(waiting.current ?? {}) };
        waiting.current = null;
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
    waiting.current = { ...waiting.current, ...change };
    if (!busy.current && !conflict) void saveAll(view);
  }

  function settle(by: "theirs" | "mine"): void {
    if (!conflict) return;
    const later = waiting.current;
    setConflict(null);
    waiting.current = by === "mine" ? { ...conflict.mine, ...later } : null;
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
