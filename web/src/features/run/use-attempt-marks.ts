import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import type { AttemptMark } from "../../charts/scene";
import type { XAxis } from "../../lib/columns";
import { fullestSeries, saidBeginning } from "./history/attempts";
import { firstPointsQuery } from "./queries";

/** Where the attempts of a run begin on an axis: as they say themselves, else at their first point. */
export function useAttemptMarks(run: RunDetail, axis: XAxis): readonly AttemptMark[] {
  const { t } = useTranslation("run");
  const later = run.attempts.slice(1);
  const unsaid = later.filter((attempt) => saidBeginning(attempt, axis) === null).map(({ number }) => number);
  const { data: found } = useQuery(firstPointsQuery(run.id, { name: fullestSeries(run.series), x: axis }, unsaid));
  const places = later.map((attempt) => saidBeginning(attempt, axis) ?? found?.[unsaid.indexOf(attempt.number)] ?? null);
  const known = JSON.stringify(places);
  return useMemo(() => {
    const xs: (number | null)[] = JSON.parse(known);
    if (xs.length === 0) return [];
    const mark = (x: number, number: number) => ({ x, label: t("attemptMark", { number }) });
    return [mark(-Infinity, 1), ...xs.map((x, at) => mark(x ?? Infinity, at + 2))];
  }, [known, t]);
}
