import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SavedView } from "../../api/client";
import { queryKeys } from "../../lib/query-keys";
import { useToasts } from "../../ui/Toasts";
import { isSame, offered, type ViewedPage } from "./content";
import { addView, changeView, isChangedByOthers, removeView, viewsQuery, type ViewContent } from "./queries";

/** What was tried when somebody else had changed the view. */
interface Conflict {
  readonly view: SavedView;
  readonly change: Parameters<typeof changeView>[1];
}

function without(views: readonly SavedView[], { id }: SavedView): SavedView[] {
  return views.filter((view) => view.id !== id);
}

/** The list as it is known here, changed at once by what the server has done. */
function useKnown() {
  const client = useQueryClient();
  return {
    put: (view: SavedView) => client.setQueryData<SavedView[]>(queryKeys.views, (now = []) => [...without(now, view), view]),
    drop: (view: SavedView) => client.setQueryData<SavedView[]>(queryKeys.views, (now = []) => without(now, view)),
  };
}

/** Saves, renames and deletes views, and says so; a view that somebody else changed is put before the reader. */
function useChanges({ kind, content, view: opened, link }: ViewedPage, refetch: () => Promise<readonly SavedView[]>) {
  const { t } = useTranslation("edits");
  const toasts = useToasts();
  const { put, drop } = useKnown();
  const [conflict, setConflict] = useState<Conflict | null>(null);

  async function add(saved: ViewContent, opens: boolean): Promise<void> {
    const view = await addView(kind, saved);
    put(view);
    if (opens) link(view.id);
  }
  async function saveAs(name: string): Promise<void> {
    if (content === null) return;
    await add({ name, ...content }, true);
    toasts.show({ text: t("views.saved", { name }) });
  }
  /** True once it is done; false where somebody else was faster. */
  async function change(view: SavedView, by: Conflict["change"]): Promise<boolean> {
    try {
      put(await changeView(view, by));
      setConflict(null);
      toasts.show({ text: t(by.name === undefined ? "views.saved" : "views.renamed", { name: by.name ?? view.name }) });
      return true;
    } catch (reason) {
      if (!isChangedByOthers(reason)) throw reason;
      const theirs = (await refetch()).find(({ id }) => id === view.id);
      if (theirs) setConflict({ view: theirs, change: by });
      return false;
    }
  }
  async function remove(view: SavedView): Promise<void> {
    const { name, project, state } = view;
    const wasOpen = opened === view.id;
    await removeView(view);
    drop(view);
    if (wasOpen) link(undefined);
    const undo = () => void told(add({ name, project, state }, wasOpen));
    toasts.show({ text: t("views.removed", { name }), action: { label: t("views.undo"), run: undo } });
  }
  async function told(work: Promise<boolean | void>): Promise<boolean> {
    try {
      return (await work) !== false;
    } catch (reason) {
      toasts.show({ text: t("views.failed", { reason: reason instanceof Error ? reason.message : "" }), tone: "bad" });
      return false;
    }
  }
  return { conflict, settle: () => setConflict(null), saveAs, change, remove, told };
}

/** The saved views of a page, the one that is open, and all that can be done with them. */
export function useViews(page: ViewedPage) {
  const { data, error, refetch } = useQuery(viewsQuery());
  const { conflict, settle, saveAs, change, remove, told } = useChanges(page, async () => (await refetch()).data ?? []);
  const { content } = page;
  const open = data?.find(({ id, kind }) => id === page.view && kind === page.kind) ?? null;
  return {
    kind: page.kind,
    isLoading: !data && !error,
    error: data ? null : error,
    refresh: () => void refetch(),
    offered: offered(data ?? [], page),
    open,
    /** The address names a view that is gone. */
    isGone: page.view !== undefined && data !== undefined && open === null,
    changed: open !== null && (content === null || !isSame(page.contentOf(open), content)),
    canSave: content !== null,
    conflict,
    show: page.show,
    saveAs: (name: string) => void told(saveAs(name)),
    overwrite: (view: SavedView) => told(change(view, content ?? {})),
    rename: (view: SavedView, name: string) => void told(change(view, { name })),
    remove: (view: SavedView) => void told(remove(view)),
    takeTheirs(view: SavedView): void {
      settle();
      page.show(view);
    },
    force: ({ view, change: by }: Conflict) => void told(change(view, by)),
  };
}

export type Views = ReturnType<typeof useViews>;
