import type { SavedView } from "../../api/client";
import type { Content } from "../../edits/views/content";
import { parseCompareSearch, type CompareSearch } from "./search";

/** What a saved view keeps of the address, beside the project that it is listed under. */
export function contentOf(search: CompareSearch, project: string | null): Content {
  return { project, state: Object.fromEntries(Object.entries(search).filter(([key]) => key !== "view")) };
}

/** Whether there are runs to be looked at. */
export const isEmpty = ({ run, where }: CompareSearch): boolean => run === undefined && where === undefined;

/** The address of a saved view; what an older or a newer release kept and we do not know is left out. */
export function searchOf({ id, state }: SavedView): CompareSearch {
  return { ...parseCompareSearch(state), view: id };
}

/** The one project that all these runs are of; null where they are of several. */
export function projectOf(runs: readonly { readonly project: string }[]): string | null {
  const projects = new Set(runs.map(({ project }) => project));
  const [only = null] = projects;
  return projects.size === 1 ? only : null;
}
