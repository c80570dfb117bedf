import type { SavedView } from "../../../api/client";
import { parseRunsSearch, type RunsSearch } from "../search";

type Content = Pick<SavedView, "project" | "state">;

/** What a saved view keeps of the address; the project stands beside it, because the list of views goes by it. */
export function contentOf(search: RunsSearch): Content {
  const state = Object.entries(search).filter(([key, value]) => value !== undefined && key !== "project" && key !== "view");
  return { project: search.project ?? null, state: Object.fromEntries(state) };
}

/** The address of a saved view; what an older or a newer release kept and we do not know is left out. */
export function searchOf({ id, project, state }: SavedView): RunsSearch {
  return { ...parseRunsSearch({ ...state, project: project ?? undefined }), view: id };
}

function plain(search: RunsSearch): string {
  const { project, state } = contentOf(search);
  return JSON.stringify([project, Object.entries(state).toSorted(([one], [other]) => (one < other ? -1 : 1))]);
}

/** Whether the page shows something else than the view that it began as. */
export function isChanged(view: SavedView, search: RunsSearch): boolean {
  return plain(searchOf(view)) !== plain(search);
}

/** The views that belong here: those of the project, then those of all; in a list of all projects each of them. */
export function offered(views: readonly SavedView[], project: string | undefined): SavedView[] {
  return views
    .filter((view) => view.kind === "runs" && (project === undefined || view.project === null || view.project === project))
    .toSorted((one, other) => Number(one.project === null) - Number(other.project === null) || one.name.localeCompare(other.name));
}
