import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Action, Command, Finding, RunDetail, Wish } from "../../../api/client";
import { standingOf } from "../../../acts/can";
import { EffectTold } from "../../../acts/EffectTold";
import { actsIn, actsQuery } from "../../../acts/queries";
import { Told } from "../../../acts/Told";
import { useAsking } from "../../../acts/use-asking";
import { whoWords } from "../../../acts/who";
import { argWords, resultWords, stateWords, verbWords } from "../../../acts/words";
import { useLanguage } from "../../../i18n/use-language";
import { ActionSheet } from "./ActionSheet";
import { actionWords, answersTo, isAnswering, isMeasuring, workedWords, wishToAnswer } from "./answering";
import styles from "./Answers.module.css";
import { useTold } from "./use-told";

const SHOWN = 3; // of many answers the newest; History has them all

/** One button: what it does, its preview, and what it did here before. */
function Press({ action, isFirst, isOff, onPress }: { action: Action; isFirst: boolean; isOff: boolean; onPress: () => void }) {
  const { t } = useTranslation(["diagnosis", "acts"]);
  const { t: acts } = useTranslation("acts");
  const locale = useLanguage();
  const told = useTold();
  const worked = workedWords(action.worked, t);
  return (
    <button type="button" className={styles.press} data-first={isFirst} disabled={isOff} data-testid="finding-action" data-act={action.act} onClick={onPress}>
      <strong>{actionWords(action, { t, acts, locale })}</strong>
      <span>{told(action.preview)}</span>
      {worked === "" ? null : <span className={styles.worked}>{worked}</span>}
    </button>
  );
}

/** One act that answered the finding: how it stands, what it changed, and what came of that. */
function Answer({ act }: { act: Command }) {
  const { t } = useTranslation("acts");
  const locale = useLanguage();
  const words = { t, locale };
  const [args, result] = [argWords(act, words), resultWords(act, words)];
  const at = act.applied_at?.epoch ?? null;
  return (
    <li data-testid="answer-act" data-verb={act.verb} data-state={act.state}>
      <p className={styles.line}>
        <strong>{verbWords(act, t)}</strong> <Told text={act.state === "applied" && result !== "" ? result : [args, result].filter((part) => part !== "").join(" · ")} />{" "}
        <span className={styles.state} data-state={act.state}>
          {stateWords(act, words)}
        </span>
        <span className={styles.who}>
          {["", t("list.by", { who: whoWords(act.who, t) }), ...(at === null ? [] : [t("at.epoch", { epoch: Math.round(at * 100) / 100 })])].join(" · ")}
        </span>
      </p>
      {act.effect ? <EffectTold effect={act.effect} /> : null}
    </li>
  );
}

function Log({ run, answers, sending }: { run: string; answers: readonly Command[]; sending: Wish | null }) {
  const { t } = useTranslation(["diagnosis", "acts"]);
  const { t: acts } = useTranslation("acts");
  const isNew = sending !== null && !answers.some(({ id }) => id === sending.id);
  const more = answers.length - SHOWN;
  return (
    <div role="log" aria-label={t("act.log")}>
      <ul className={styles.log}>
        {isNew ? (
          <li data-testid="answer-act" data-verb={sending.verb} data-state="sending">
            <strong>{verbWords(sending, acts)}</strong> <span className={styles.state}>{acts("state.sending")}</span>
          </li>
        ) : null}
        {answers.slice(0, SHOWN).map((act) => (
          <Answer key={act.id} act={act} />
        ))}
      </ul>
      {more > 0 ? (
        <Link to="/runs/$runId" params={{ runId: run }} search={{ tab: "history" }} className={styles.link}>
          {t("act.more", { count: more })}
        </Link>
      ) : null}
    </div>
  );
}

interface OffersProps {
  readonly run: string;
  readonly finding: Finding;
  /** Whether the effect of any act on the training is still being measured. */
  readonly measures: boolean;
  readonly answers: readonly Command[];
}

/** What the training can be asked for at once because of a finding, and what became of it. */
function Offers({ run, finding, measures, answers }: OffersProps) {
  const { t } = useTranslation("diagnosis");
  const asking = useAsking(run);
  const [chosen, choose] = useState<Action | null>(null);
  const isBusy = asking.sending !== null || isAnswering(answers);
  const presses = finding.caused_by === null && !measures && !answers.some(({ state }) => state === "applied"); // else there is a better place or time to act
  const open = (action: Action) => {
    asking.forget();
    choose(action);
  };
  return (
    <>
      {finding.actions.length === 0 ? null : (
        <div className={styles.presses} role="group" aria-label={t("act.label")}>
          {finding.actions.map((action, at) => (
            <Press key={action.act} action={action} isFirst={at === 0 && presses} isOff={isBusy} onPress={() => open(action)} />
          ))}
        </div>
      )}
      <Log run={run} answers={answers} sending={asking.sending} />
      {chosen ? (
        <ActionSheet
          finding={finding}
          action={chosen}
          isMeasuring={measures}
          isSending={asking.sending !== null}
          fault={asking.fault?.text ?? null}
          onSure={() => asking.ask(wishToAnswer(finding.rule, chosen), () => choose(null))}
          close={() => choose(null)}
        />
      ) : null}
    </>
  );
}

/** From a finding to an act: its buttons while the training goes on; what was done and what came of it also later. */
export function Answers({ run, finding }: { run: RunDetail; finding: Finding }) {
  const { data } = useInfiniteQuery({ ...actsQuery(run.id), enabled: "control" in run.settings });
  const acts = actsIn(data);
  const answers = answersTo(finding.rule, acts);
  const canAct = standingOf(run) === "ready" && finding.status === "open" && finding.dismissed === null;
  if (!canAct && answers.length === 0) return null;
  return (
    <div className={styles.answers} data-testid="answers">
      {canAct ? <Offers run={run.id} finding={finding} measures={isMeasuring(acts)} answers={answers} /> : <Log run={run.id} answers={answers} sending={null} />}
    </div>
  );
}
