import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import type { XAxis } from "../../lib/columns";
import type { SeriesFlag } from "../../panels/context";
import { chosenFlags, flagPlaces, type FlagChoice } from "./diagnosis/flags";
import { useFindings } from "./diagnosis/use-findings";
import { useTold } from "./diagnosis/use-told";
import { useConverted } from "./use-stages";

/** The open findings as flags of the curves that they speak of; the same object for as long as nothing of it changes. */
export function useFlags(run: RunDetail, axis: XAxis, choice: FlagChoice): readonly SeriesFlag[] {
  const { t } = useTranslation("diagnosis");
  const told = useTold();
  const { open } = useFindings(run);
  const converted = useConverted(run, axis);
  const names = run.series.map(({ name }) => name);
  const flags = flagPlaces(chosenFlags(open, choice), { axis, names, converted }).map(({ finding: { title, severity }, x, series }): SeriesFlag => {
    const label = t("marks.label", { title: told(title), severity: t(`severity.${severity}`) });
    return { x, tone: severity, label, series };
  });
  const known = JSON.stringify(flags);
  return useMemo(() => {
    const stable: SeriesFlag[] = JSON.parse(known);
    return stable;
  }, [known]);
}
