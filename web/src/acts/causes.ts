import { queryOptions, useQuery } from "@tanstack/react-query";
import { getJson, type RunDetail } from "../api/client";
import { useLanguage } from "../i18n/use-language";
import { queryKeys } from "../lib/query-keys";

/** What the diagnosis says of a run; asked only of one that was judged. */
export function findingsQuery(run: string, wasJudged: boolean) {
  return queryOptions({
    queryKey: queryKeys.findings(run),
    queryFn: ({ signal }) => getJson("/api/v1/runs/{run_id}/findings", { path: { run_id: run }, signal }),
    enabled: wasJudged,
  });
}

/** Names the finding that a command answers; by the id of its rule where no more is known. */
export function useCauseTitle({ id, health }: Pick<RunDetail, "id" | "health">, isWanted: boolean): (rule: string) => string {
  const locale = useLanguage();
  const { data } = useQuery(findingsQuery(id, isWanted && health !== null));
  return (rule) => data?.items.find((finding) => finding.rule === rule)?.title[locale] ?? rule;
}
