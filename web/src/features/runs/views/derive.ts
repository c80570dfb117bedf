import type { SavedView } from "../../../api/client";
import type { Content } from "../../../edits/views/content";
import { parseRunsSearch, type RunsSearch } from "../search";

/** What a saved view keeps of the address. */
export function contentOf(search: RunsSearch): Content {
  const state = Object.entries(search).filter(([key, value]) => value !== undefined && key !== "project" && key !== "view");
  return { project: search.project ?? null, state: Object.fromEntries(state) };
}

/** The address of a saved view; what an older or a newer release kept and we do not know is left out. */
export function searchOf({ id, project, state }: SavedView): RunsSearch {
  return { ...parseRunsSearch({ ...state, project: project ?? undefined }), view: id };
}
