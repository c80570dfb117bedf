import type { TFunction } from "i18next";
import type { MeasureEvent, RunMeasures } from "../../../api/client";

/** What happened to the run: that its project was set otherwise is no news of it. */
export const ofThisRun = (events: readonly MeasureEvent[]): MeasureEvent[] => events.filter(({ kind }) => kind !== "set");

/** How it stands for a run: "on (2 measures), tried (1)". */
export function standingWords({ spared, measures }: Pick<RunMeasures, "spared" | "measures">, t: TFunction<"autopilot">): string {
  if (spared) return t("run.spared");
  const count = (mode: string) => measures.filter((one) => one.mode === mode).length;
  const [on, would] = [count("on"), count("would")];
  if (on + would === 0) return t("run.off");
  return [...(on > 0 ? [t("run.on", { count: on })] : []), ...(would > 0 ? [t("run.would", { count: would })] : [])].join(" · ");
}
