import { queryOptions } from "@tanstack/react-query";
import { ApiError, getJson, sendJson, type SavedView } from "../../api/client";
import { queryKeys } from "../../lib/query-keys";

/** All saved views, of every kind: few enough to be had at once, and the palette finds each of them. */
export function viewsQuery() {
  return queryOptions({
    queryKey: queryKeys.views,
    queryFn: async ({ signal }) => (await getJson("/api/v1/views", { signal })).items,
    staleTime: 0, // nothing tells when somebody else saves one
  });
}

export type ViewContent = Pick<SavedView, "name" | "project" | "state">;

export function addView(kind: SavedView["kind"], view: ViewContent): Promise<SavedView> {
  return sendJson("post", "/api/v1/views", { body: { kind, ...view } });
}

/** Changes a view if it is of that version still; else the server refuses. */
export function changeView({ id, version }: Pick<SavedView, "id" | "version">, change: Partial<ViewContent>): Promise<SavedView> {
  return sendJson("put", "/api/v1/views/{view_id}", { path: { view_id: id }, body: { version, ...change } });
}

export async function removeView({ id }: Pick<SavedView, "id">): Promise<void> {
  await sendJson("delete", "/api/v1/views/{view_id}", { path: { view_id: id } });
}

/** Whether a change was refused because somebody else had changed the view. */
export const isChangedByOthers = (reason: unknown): boolean => reason instanceof ApiError && reason.type === "urn:yoloscope:problem:view-changed";
