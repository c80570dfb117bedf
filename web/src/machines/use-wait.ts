import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ApiError, sendJson } from "../api/client";
import { queryKeys } from "../lib/query-keys";
import { useToasts } from "../ui/Toasts";

const REASONS = ["in_trash", "finished", "running", "no_record", "elsewhere", "starting"] as const;

/** A training that is to go on. No card named: as its machine thinks best; `now`: whatever else is on it. */
interface WaitAsk {
  readonly run: string;
  readonly card?: string;
  readonly now?: boolean;
}

const sendWait = (host: string, { run, card = "", now = false }: WaitAsk) => sendJson("post", "/api/v1/machines/{host}/waiting", { path: { host }, body: { run, card, now } });

function useChange<Ask>(send: (ask: Ask) => Promise<unknown>, failed: "go.failed" | "go.cancelFailed") {
  const { t } = useTranslation("machines");
  const client = useQueryClient();
  const toasts = useToasts();
  function why(error: Error): string {
    const known = error instanceof ApiError ? REASONS.find((one) => one === error.reason) : undefined;
    return known ? t(`go.reason.${known}`) : error.message;
  }
  return useMutation({
    networkMode: "always",
    mutationFn: send,
    onError: (error) => toasts.show({ text: t(failed, { reason: why(error) }), tone: "bad" }),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.machines }),
  });
}

/** Lets a training that ended, or is being released, wait for a card of a host. */
export function useWait(host: string) {
  return useChange((ask: WaitAsk) => sendWait(host, ask), "go.failed");
}

/** Takes a training from the list of a host. */
export function useCancelWait(host: string) {
  return useChange((run: string) => sendJson("delete", "/api/v1/machines/{host}/waiting/{run_id}", { path: { host, run_id: run } }), "go.cancelFailed");
}
