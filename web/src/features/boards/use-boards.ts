import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { SavedView } from "../../api/client";
import { addView, removeView, type ViewContent } from "../../edits/views/queries";
import { queryKeys } from "../../lib/query-keys";
import { useToasts } from "../../ui/Toasts";
import { savedState } from "./state";
import { fromTemplate, type TemplateId } from "./templates";

const MOST_CHARS = 200; // of a name, as the server has it

/** Makes, copies and deletes boards, and says what became of it. */
export function useBoards() {
  const { t } = useTranslation("boards");
  const toasts = useToasts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const change = (by: (now: SavedView[]) => SavedView[]) => client.setQueryData<SavedView[]>(queryKeys.views, (now) => by(now ?? []));
  const open = (id: string) => navigate({ to: "/boards/$boardId", params: { boardId: id } });

  async function add(content: ViewContent): Promise<void> {
    const view = await addView("board", { ...content, name: content.name.slice(0, MOST_CHARS) });
    change((now) => [...now, view]);
    await open(view.id);
  }
  async function remove(view: SavedView): Promise<void> {
    const { name, project, state } = view;
    await removeView(view);
    await navigate({ to: "/boards" });
    change((now) => now.filter(({ id }) => id !== view.id));
    toasts.show({ text: t("removed", { name }), action: { label: t("undo"), run: () => told(add({ name, project, state })) } });
  }
  function told(work: Promise<void>): void {
    work.catch((reason: unknown) => toasts.show({ text: t("notSaved", { reason: reason instanceof Error ? reason.message : "" }), tone: "bad" }));
  }
  return {
    make: (template: TemplateId, project: string | null) =>
      told(add({ name: project === null ? t(`templates.${template}.title`) : t("nameOf", { project, template: t(`templates.${template}.title`) }), project, state: savedState(fromTemplate(template)) })),
    duplicate: ({ name, project, state }: SavedView) => told(add({ name: t("copyOf", { name }), project, state })),
    remove: (view: SavedView) => told(remove(view)),
  };
}
