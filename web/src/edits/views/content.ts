import type { SavedView } from "../../api/client";

/** What a view keeps of a page; the project stands beside it, because the list of views goes by it. */
export type Content = Pick<SavedView, "project" | "state">;

/** A page whose views are saved: what it shows, and how it shows another. */
export interface ViewedPage {
  readonly kind: Exclude<SavedView["kind"], "board">;
  /** The project whose views are offered; without one those of all. */
  readonly project: string | undefined;
  /** The view that the address names. */
  readonly view: string | undefined;
  /** Null while it shows nothing that is worth keeping. */
  readonly content: Content | null;
  /** What a view keeps, as far as the page understands it. */
  readonly contentOf: (view: SavedView) => Content;
  readonly show: (view: SavedView) => void;
  /** Names another view in the address, or none; what is shown stays. */
  readonly link: (view: string | undefined) => void;
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Whether both show the same, whatever order their parts stand in. */
export function isSame(one: Content, other: Content): boolean {
  const [text, same] = [one, other].map(({ project, state }) => JSON.stringify([project, state], sorted));
  return text === same;
}

/** The views that belong here: those of the project, then those of all; in a list of all projects each of them. */
export function offered(views: readonly SavedView[], { kind, project }: Pick<ViewedPage, "kind" | "project">): SavedView[] {
  return views
    .filter((view) => view.kind === kind && (project === undefined || view.project === null || view.project === project))
    .toSorted((one, other) => Number(one.project === null) - Number(other.project === null) || one.name.localeCompare(other.name));
}
