import { recall } from "../../lib/storage";

/** Rows of the first answer: what is seen first comes first. */
export const FIRST_ROWS = 100;

/** Where the columns that were chosen for a project are remembered; without one, for all. */
export const placeOfColumns = (project: string | undefined) => `ys-run-columns:${project ?? ""}`;

/** What the list asks first where nobody has shaped it; null where the address or the browser's memory says more. */
export function firstAsk(search: string): string | null {
  return search === "" && !recall(placeOfColumns(undefined)) ? `/api/v1/runs?limit=${FIRST_ROWS}` : null;
}
