import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { getJson, sendJson } from "../api/client";
import { queryKeys } from "../lib/query-keys";
import { useToasts } from "../ui/Toasts";
import { changeInCaches } from "./cache";
import { alteredBy, withTags, type RunChange, type TagChange, type Tagged } from "./change";

/** Tags that runs have, of a project or of all, the most used first. */
export function knownTagsQuery(project: string | undefined) {
  return queryOptions({
    queryKey: ["tags", project ?? null],
    queryFn: async ({ signal }) => {
      const { items } = await getJson("/api/v1/runs/completions", { query: { text: 'tags contains "', project }, signal });
      return items.filter(({ kind }) => kind === "value").map(({ text }) => tagOf(text));
    },
    staleTime: 0,
  });
}

function tagOf(literal: string): string {
  return literal.replace(/^"|"$/g, "").replace(/\\(["'\\])/g, "$1");
}

interface Optimistic<Ask> {
  readonly send: (ask: Ask) => Promise<unknown>;
  readonly show: (ask: Ask) => { readonly runs: readonly string[]; readonly change: Parameters<typeof changeInCaches>[2] };
}

/** A change that is seen at once; if the server refuses it, it goes back and a toast says why. */
function useOptimistic<Ask>({ send, show }: Optimistic<Ask>) {
  const client = useQueryClient();
  const toasts = useToasts();
  const { t } = useTranslation("edits");
  return useMutation({
    networkMode: "always",
    mutationFn: send,
    onMutate(ask: Ask) {
      const { runs, change } = show(ask);
      return changeInCaches(client, runs, change);
    },
    onError(error, _ask, takeBack) {
      takeBack?.();
      toasts.show({ text: t("failed", { reason: error.message }), tone: "bad" });
    },
  });
}

/** Changes one run: its name, note, group, tags, star, or whether it is in the archive. */
export function useEditRun() {
  return useOptimistic<{ readonly run: string; readonly change: RunChange }>({
    send: ({ run, change }) => sendJson("patch", "/api/v1/runs/{run_id}", { path: { run_id: run }, body: change }),
    show: ({ run, change }) => ({ runs: [run], change: () => change }),
  });
}

type ManyChange = Pick<RunChange, "group" | "starred" | "archived">;

/** Changes many runs alike. Lists are fetched anew where runs came or went. */
export function useEditRuns() {
  const client = useQueryClient();
  return useOptimistic<{ readonly runs: readonly string[]; readonly change: ManyChange }>({
    async send({ runs, change }) {
      await sendJson("post", "/api/v1/runs/edit", { body: { runs: [...runs], ...change } });
      if (change.archived !== undefined) await client.invalidateQueries({ queryKey: queryKeys.allRuns });
    },
    show: ({ runs, change }) => ({ runs, change: () => change }),
  });
}

interface TagAsk extends TagChange {
  readonly runs: readonly Tagged[];
}

/** Adds tags to runs and takes others from them. */
export function useTagRuns() {
  const client = useQueryClient();
  return useOptimistic<TagAsk>({
    async send({ runs, add, remove }) {
      const body = { runs: alteredBy(runs, { add, remove }), add_tags: [...add], remove_tags: [...remove] };
      await sendJson("post", "/api/v1/runs/edit", { body });
      await client.invalidateQueries({ queryKey: ["tags"] });
    },
    show: ({ runs, add, remove }) => ({
      runs: alteredBy(runs, { add, remove }),
      change: (run) => ({ tags: withTags(run.tags, { add, remove }) }),
    }),
  });
}
