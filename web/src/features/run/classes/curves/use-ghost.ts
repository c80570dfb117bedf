import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../../api/client";
import { nearestEpoch, projectRunsQuery, useEpochs, useItemsAt } from "../queries";
import { useClassesView } from "../use-view";
import { useNumbers } from "../use-words";
import { curvesOf, type Curves } from "./derive";

export interface Ghost {
  readonly curves: Curves;
  readonly label: string;
}

/** What the curves are compared with: another epoch of the run, or another run at its epoch nearest to the one that is shown. */
export function useGhost(run: RunDetail, name: string): Ghost | null {
  const { t } = useTranslation("classes");
  const { epoch: said } = useNumbers();
  const [{ against, other, epoch: shown }] = useClassesView();
  const from = other ?? run.id;
  const wanted = other !== undefined || against !== undefined;
  const epochs = useEpochs(wanted ? from : "", wanted ? name : null);
  const epoch = wanted ? nearestEpoch(epochs, other === undefined ? against : shown) : null;
  const { items } = useItemsAt(from, useMemo(() => [name], [name]), epoch);
  const { data: runs } = useQuery(projectRunsQuery(run.project, other !== undefined));
  const data = items.at(-1)?.data;
  const curves = useMemo(() => (data?.type === "curve" ? curvesOf(data) : null), [data]);
  const runName = other === undefined ? null : (runs?.find(({ id }) => id === other)?.name ?? other);
  const label = runName ?? (epoch === null ? "" : t("epochAt", { epoch: said(epoch) }));
  return useMemo(() => (curves && wanted ? { curves, label } : null), [curves, wanted, label]);
}
