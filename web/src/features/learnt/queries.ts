import { queryOptions } from "@tanstack/react-query";
import { getJson } from "../../api/client";
import type { components } from "../../api/schema.gen";
import { queryKeys } from "../../lib/query-keys";

export type Learnt = components["schemas"]["Learnt"];
export type OnData = components["schemas"]["OnData"];
export type Effect = OnData["effects"][number];
export type LearntAct = components["schemas"]["LearntAct"];

export function learntQuery(project: string, metric: string | undefined) {
  return queryOptions({
    queryKey: ["learnt", project, metric ?? null],
    queryFn: ({ signal }) => getJson("/api/v1/insights/learnt", { query: { project, metric }, signal }),
    staleTime: 60_000,
    retry: false,
  });
}

/** What came of acts that answered findings in a project. */
export function learntActsQuery(project: string) {
  return queryOptions({
    queryKey: ["learnt", "acts", project],
    queryFn: ({ signal }) => getJson("/api/v1/learnt/acts", { query: { project }, signal }),
    staleTime: 60_000,
  });
}

export function projectsQuery() {
  return queryOptions({ queryKey: queryKeys.projects, queryFn: ({ signal }) => getJson("/api/v1/projects", { signal }) });
}

/** Which of some names the runs of a project have. */
export function knownNamesQuery(project: string, names: readonly string[]) {
  return queryOptions({
    queryKey: ["learnt", "names", project, names],
    queryFn: async ({ signal }) => {
      const ask = (text: string) => getJson("/api/v1/runs/completions", { query: { project, text }, signal });
      const answers = await Promise.all(names.map(ask));
      return names.filter((name, at) => answers[at]?.items.some(({ text }) => text.replaceAll("`", "") === name));
    },
    staleTime: 60_000,
  });
}
