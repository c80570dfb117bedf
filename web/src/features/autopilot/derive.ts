import type { Measure } from "../../api/client";

export const MODES = ["off", "would", "on"] as const;
export type Mode = Measure["mode"];

/** How often a measure may act in one run. */
export const MOST = Array.from({ length: 10 }, (_, at) => at + 1);

/** Whether it was switched on without having been tried: nobody knows how often it would act. */
export const isUntried = (before: Pick<Measure, "mode" | "would_have" | "acted">, mode: Mode): boolean =>
  mode === "on" && before.mode === "off" && before.would_have === 0 && before.acted === 0;

/** The rules that measures answer; `autopilot.json` has their titles, as the list of rules in `docs` has them. */
export const RULES = ["G03", "G04", "L02", "N01", "N03", "N05", "N10", "N13"] as const;

export const ruleFrom = (rule: string): (typeof RULES)[number] | null => RULES.find((one) => one === rule) ?? null;
