import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { getJson, sendJson, type Measure, type ProjectMeasures } from "../../api/client";
import { queryKeys } from "../../lib/query-keys";
import { useToasts } from "../../ui/Toasts";
import type { Mode } from "./derive";

const LOOK_MS = 10_000; // hints tell of runs, not of what was done to them

export function projectsQuery() {
  return queryOptions({ queryKey: queryKeys.projects, queryFn: ({ signal }) => getJson("/api/v1/projects", { signal }) });
}

export function measuresQuery(project: string, connected: boolean) {
  return queryOptions({
    queryKey: queryKeys.measures(project),
    queryFn: ({ signal }) => getJson("/api/v1/projects/{project}/measures", { path: { project }, signal }),
    refetchInterval: connected ? LOOK_MS : false,
    retry: false,
  });
}

interface Setting {
  readonly measure: Measure["measure"];
  readonly mode: Mode;
  readonly most: number;
}

/** The measures with a setting as it was just chosen. */
const withSetting = (now: ProjectMeasures, { measure, ...chosen }: Setting): ProjectMeasures => ({
  ...now,
  measures: now.measures.map((one) => (one.measure === measure ? { ...one, ...chosen } : one)),
});

/** Sets a measure of a project; it is seen at once, and goes back with a word why if the server refuses it. */
export function useSetMeasure(project: string) {
  const { t } = useTranslation("autopilot");
  const client = useQueryClient();
  const toasts = useToasts();
  const queryKey = queryKeys.measures(project);
  return useMutation({
    networkMode: "always",
    scope: { id: `measures-${project}` }, // one after the other: the last that was chosen counts
    mutationFn: ({ measure, ...body }: Setting) => sendJson("put", "/api/v1/projects/{project}/measures/{measure}", { path: { project, measure }, body }),
    async onMutate(setting) {
      await client.cancelQueries({ queryKey });
      client.setQueryData<ProjectMeasures>(queryKey, (now) => now && withSetting(now, setting));
    },
    onError: (error) => toasts.show({ text: t("setFailed", { reason: error.message }), tone: "bad" }),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}
