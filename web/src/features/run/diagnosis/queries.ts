import { useMutation, useQueryClient } from "@tanstack/react-query";
import { sendJson, type RunFindings } from "../../../api/client";
import { queryKeys } from "../../../lib/query-keys";
import { useToasts } from "../../../ui/Toasts";

const PATH = "/api/v1/runs/{run_id}/findings/{rule}/dismissal";

export interface Word {
  readonly rule: string;
  /** Why the finding does not matter, which may be empty; null takes that word back. */
  readonly reason: string | null;
}

/** Says that a finding does not matter here, or takes that back. The server answers with all findings as they then are. */
export function useDismissal(run: string, onFailed: (reason: string) => string) {
  const client = useQueryClient();
  const toasts = useToasts();
  return useMutation({
    networkMode: "always",
    mutationFn: ({ rule, reason }: Word) => {
      const path = { run_id: run, rule };
      return reason === null ? sendJson("delete", PATH, { path }) : sendJson("put", PATH, { path, body: { reason } });
    },
    onSuccess(answer: RunFindings) {
      client.setQueryData(queryKeys.findings(run), answer);
      void client.invalidateQueries({ queryKey: queryKeys.run(run) });
    },
    onError: (error) => toasts.show({ text: onFailed(error.message), tone: "bad" }),
  });
}
