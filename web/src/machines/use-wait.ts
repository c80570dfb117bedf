import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ApiError, getJson, sendJson } from "../api/client";
import { queryKeys } from "../lib/query-keys";
import { runIsOver } from "../ui/run-tone";
import { useToasts } from "../ui/Toasts";

const REASONS = ["in_trash", "finished", "running", "no_record", "elsewhere", "starting"] as const;
const AGAIN_MS = 2_000;

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

/** Lets a training wait for a card of a host. */
export function useWait(host: string) {
  return useChange((ask: WaitAsk) => sendWait(host, ask), "go.failed");
}

/** Whether a run is over; throws where the command that was to end it came to nothing. */
async function isOverBy(run: string, command: string): Promise<boolean> {
  const path = { run_id: run };
  const [{ state }, { items }] = await Promise.all([getJson("/api/v1/runs/{run_id}", { path }), getJson("/api/v1/runs/{run_id}/commands", { path })]);
  if (runIsOver(state)) return true;
  const act = items.find(({ id }) => id === command);
  if (act?.state === "refused" || act?.state === "expired") throw new ApiError(409, { reason: "running" });
  return false;
}

/** Lets a training wait as soon as a command has ended it. */
export function useWaitAfter(host: string) {
  return useChange(async ({ run, command }: { run: string; command: string }) => {
    while (!(await isOverBy(run, command))) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    return sendWait(host, { run });
  }, "go.failed");
}

/** Takes a training from the list of a host. */
export function useCancelWait(host: string) {
  return useChange((run: string) => sendJson("delete", "/api/v1/machines/{host}/waiting/{run_id}", { path: { host, run_id: run } }), "go.cancelFailed");
}
