import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { actMarks, actsThatStand } from "../../acts/marks";
import { actsIn, actsQuery } from "../../acts/queries";
import type { RunDetail } from "../../api/client";
import type { StageMark } from "../../charts/scene";
import { useLanguage } from "../../i18n/use-language";
import type { XAxis } from "../../lib/columns";
import { route } from "./route";
import { useConverted } from "./use-stages";

/** What was done to a run by commands, where it took effect; the same object for as long as nothing of it changes. */
export function useActMarks(run: RunDetail, axis: XAxis): readonly StageMark[] {
  const { t } = useTranslation("acts");
  const locale = useLanguage();
  const { data } = useInfiniteQuery({ ...actsQuery(run.id), enabled: "control" in run.settings });
  const converted = useConverted(run, axis);
  const { superseded = false } = route.useSearch();
  const acts = superseded ? actsIn(data) : actsThatStand(actsIn(data), run.attempts);
  const known = JSON.stringify(actMarks(acts, { axis, converted }, { t, locale }));
  return useMemo(() => {
    const stable: StageMark[] = JSON.parse(known);
    return stable;
  }, [known]);
}
