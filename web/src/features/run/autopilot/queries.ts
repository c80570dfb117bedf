import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { getJson, sendJson } from "../../../api/client";
import { queryKeys } from "../../../lib/query-keys";
import { useToasts } from "../../../ui/Toasts";

/** The measures as a run sees them; they are asked for again when its findings are, which they follow. */
export function runMeasuresQuery(run: string) {
  return queryOptions({
    queryKey: queryKeys.runMeasures(run),
    queryFn: ({ signal }) => getJson("/api/v1/runs/{run_id}/measures", { path: { run_id: run }, signal }),
  });
}

/** Lets a run be left alone by the measures, or no more. */
export function useSpare(run: string) {
  const { t } = useTranslation("autopilot");
  const client = useQueryClient();
  const toasts = useToasts();
  const queryKey = queryKeys.runMeasures(run);
  return useMutation({
    networkMode: "always",
    mutationFn: (spared: boolean) => sendJson("put", "/api/v1/runs/{run_id}/measures/spared", { path: { run_id: run }, body: { spared } }),
    onSuccess: (now) => client.setQueryData(queryKey, now),
    onError: (error) => toasts.show({ text: t("setFailed", { reason: error.message }), tone: "bad" }),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}
