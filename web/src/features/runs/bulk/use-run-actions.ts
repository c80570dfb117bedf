import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { sendJson, type RunSummary } from "../../../api/client";
import { useEditRun, useEditRuns } from "../../../edits/queries";
import { queryKeys } from "../../../lib/query-keys";
import { useToasts } from "../../../ui/Toasts";
import { refreshRuns } from "../queries";

type Runs = readonly RunSummary[];

const idsOf = (runs: Runs) => runs.map(({ id }) => id);

/** What can be done to runs from the list, each with a way back. */
export function useRunActions() {
  const client = useQueryClient();
  const toasts = useToasts();
  const { t } = useTranslation("runs");
  const one = useEditRun();
  const many = useEditRuns();

  const said = (text: string, undo: () => void) => toasts.show({ text, action: { label: t("undo"), run: undo } });
  const failed = (error: Error) => toasts.show({ text: t("bulk.failed", { reason: error.message }), tone: "bad" });

  async function moved(path: "/api/v1/runs/delete" | "/api/v1/runs/restore", runs: readonly string[]): Promise<void> {
    await sendJson("post", path, { body: { runs: [...runs] } });
    await Promise.all([refreshRuns(client, runs), client.invalidateQueries({ queryKey: queryKeys.projects })]);
  }

  return {
    star: (run: RunSummary) => one.mutate({ run: run.id, change: { starred: !run.starred } }),
    starAll(runs: Runs, starred: boolean) {
      many.mutate({ runs: idsOf(runs.filter((run) => run.starred !== starred)), change: { starred } });
    },
    archive(runs: Runs, archived: boolean) {
      const changed = idsOf(runs.filter((run) => run.archived !== archived));
      const count = changed.length;
      if (count === 0) return;
      const undo = () => many.mutate({ runs: changed, change: { archived: !archived } });
      const text = t(archived ? "bulk.archived" : "bulk.unarchived", { count });
      many.mutate({ runs: changed, change: { archived } }, { onSuccess: () => said(text, undo) });
    },
    remove(runs: Runs) {
      const ids = idsOf(runs);
      const undo = () => void moved("/api/v1/runs/restore", ids).catch(failed);
      void moved("/api/v1/runs/delete", ids).then(() => said(t("bulk.deleted", { count: ids.length }), undo), failed);
    },
  };
}

export type RunActions = ReturnType<typeof useRunActions>;
