import type { TFunction } from "i18next";
import type { Action, Command, Wish } from "../../../api/client";
import { isOpen, wishFor } from "../../../acts/acts";
import { HOWS } from "../../../acts/can";
import { settingsWords, verbWords, type T } from "../../../acts/words";

/** What is asked for where an action answers the finding of a rule. */
export const wishToAnswer = (rule: string, { verb, args }: Action): Wish => ({ ...wishFor(verb, args), cause: rule });

/** What was asked of a training because of a finding, newest first. */
export const answersTo = (rule: string, acts: readonly Command[]): Command[] => acts.filter(({ cause }) => cause === rule);

/** Whether something that was asked has not come to its end, so that a second press would come too soon. */
export const isAnswering = (answers: readonly Command[]): boolean => answers.some(isOpen);

/** Whether what an answer did is still being looked at: another act now, and nobody can tell the two apart. */
export const isMeasuring = (answers: readonly Command[]): boolean => answers.some(({ effect }) => effect?.verdict === "measuring");

/** What an action does in two or three words: "Change learning rate". */
export function actionWords({ verb, args }: Pick<Action, "verb" | "args">, { t, acts, locale }: { t: TFunction<"diagnosis">; acts: T; locale: string }): string {
  if (verb !== "set") return verbWords({ verb, args }, acts);
  return t("act.change", { what: settingsWords(Object.keys(args), acts).toLocaleLowerCase(locale) });
}

/** What it does beyond its preview, and what of it cannot be undone; empty where the preview says all. */
export function whatWords({ verb, args }: Pick<Action, "verb" | "args">, t: T): string {
  const how = verb === "pause" && args.release === true ? "release" : HOWS.find((one) => one === args.how);
  if (how) return t(`endWhat.${how}`);
  if (verb === "set") return t("set.what");
  return verb === "save" || verb === "validate" || verb === "close_mosaic" || verb === "rollback" ? t(`what.${verb}`) : "";
}

/** What it did before in this project; empty where nobody knows. */
export function workedWords({ helped, harmed, none }: Action["worked"], t: TFunction<"diagnosis">): string {
  const count = helped + harmed + none;
  if (count === 0) return "";
  const told = t("act.helped", { helped, count });
  return harmed === 0 ? told : t("act.andHarmed", { told, count: harmed });
}
