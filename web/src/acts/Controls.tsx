import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Command, RunDetail, Wish } from "../api/client";
import { MoreIcon, PauseIcon, PlayIcon, SlidersIcon, StopIcon } from "../ui/icons";
import { isOpen, ofNewestAttempt, wishFor, wishToEnd } from "./acts";
import styles from "./Acts.module.css";
import { abilitiesFrom, excuseForEnd, excuseNow, standingOf, type Abilities, type Verb } from "./can";
import { ChangeSheet } from "./ChangeSheet";
import { EndSheet } from "./EndSheet";
import { MoreSheet } from "./MoreSheet";
import { actsIn, actsQuery } from "./queries";
import { Recent } from "./Recent";
import { Told } from "./Told";
import { useAsking, type Asking } from "./use-asking";
import { reasonWords } from "./words";

type Opened = "change" | "stop" | "more" | null;

interface PressProps {
  readonly what: "pause" | "resume" | "change" | "stop" | "more";
  readonly icon: ReactNode;
  readonly excuse?: string | null;
  readonly isBusy?: boolean;
  readonly describedBy?: string;
  readonly onPress: () => void;
}

function Press({ what, icon, excuse = null, isBusy = false, describedBy, onPress }: PressProps) {
  const { t } = useTranslation("acts");
  const hint = excuse === null ? {} : { title: reasonWords(excuse, t).replaceAll("`", ""), "aria-describedby": describedBy };
  return (
    <button type="button" className={styles.press} disabled={excuse !== null || isBusy} aria-busy={isBusy} {...hint} data-testid={`press-${what}`} onClick={onPress}>
      {icon}
      <span>{t(`do.${what}`)}</span>
    </button>
  );
}

/** Whether a verb is under way, so that a second press would ask twice. */
function isUnderWay(verb: Verb, acts: readonly Command[], sending: Wish | null): boolean {
  return sending?.verb === verb || acts.some((act) => act.verb === verb && isOpen(act));
}

interface BarProps {
  readonly run: RunDetail;
  readonly acts: readonly Command[];
  readonly abilities: Abilities;
  readonly asking: Asking;
  readonly onOpen: (what: Opened) => void;
}

/** Why the buttons of the bar that are grey are so, where a finger finds it. */
function Excuses({ id, of }: { id: string; of: readonly (readonly [word: string, reason: string | null])[] }) {
  const { t } = useTranslation("acts");
  const told = of.flatMap(([word, reason]) => (reason === null ? [] : [t("of", { what: word, name: reasonWords(reason, t) })]));
  return told.length === 0 ? null : (
    <p id={id} className={styles.quiet}>
      <Told text={told.join(" · ")} />
    </p>
  );
}

function Bar({ run, acts, abilities, asking, onOpen }: BarProps) {
  const { t } = useTranslation("acts");
  const id = useId();
  const turn = run.state === "paused" ? "resume" : "pause";
  const at = { state: run.state, acts };
  const [turnExcuse, setExcuse] = [excuseNow(abilities, turn, at), excuseNow(abilities, "set", at)];
  return (
    <>
      <div className={styles.bar} role="group" aria-label={t("label")} data-testid="control-bar">
        <Press
          what={turn}
          icon={turn === "pause" ? <PauseIcon /> : <PlayIcon />}
          excuse={turnExcuse}
          isBusy={isUnderWay(turn, acts, asking.sending)}
          describedBy={id}
          onPress={() => asking.ask(wishFor(turn))}
        />
        <Press what="change" icon={<SlidersIcon />} excuse={setExcuse} describedBy={id} onPress={() => onOpen("change")} />
        <Press what="stop" icon={<StopIcon />} onPress={() => onOpen("stop")} />
        <Press what="more" icon={<MoreIcon />} onPress={() => onOpen("more")} />
      </div>
      <Excuses id={id} of={[[t(`do.${turn}`), turnExcuse], [t("verb.set"), setExcuse]]} />
      {run.state === "unreachable" ? <p className={styles.quiet}>{t("standing.unreachable")}</p> : null}
    </>
  );
}

interface OpenedProps extends Omit<BarProps, "onOpen"> {
  readonly opened: Opened;
  readonly close: () => void;
}

function OpenSheet({ run, acts, abilities, asking, opened, close }: OpenedProps) {
  const { t } = useTranslation("acts");
  const shared = { isSending: asking.sending !== null, fault: asking.fault, onAsk: (wish: Wish) => asking.ask(wish, close), close };
  if (opened === "change") return <ChangeSheet {...shared} run={run} acts={acts} abilities={abilities} />;
  if (opened === "more") return <MoreSheet {...shared} excuse={(verb) => excuseNow(abilities, verb, { state: run.state, acts })} />;
  if (opened !== "stop") return null;
  return (
    <EndSheet title={t("end.title")} excuse={(how) => excuseForEnd(abilities, how)} isSending={shared.isSending} onEnd={(how) => asking.ask(wishToEnd(how), close)} close={close}>
      <p className={styles.name}>{run.name}</p>
      {asking.fault ? (
        <p className={styles.bad} role="alert">
          <Told text={asking.fault.text} />
        </p>
      ) : null}
    </EndSheet>
  );
}

function Ready({ run, abilities }: { run: RunDetail; abilities: Abilities }) {
  const { data } = useInfiniteQuery(actsQuery(run.id));
  const acts = data ? actsIn(data) : null;
  const asking = useAsking(run.id);
  const [opened, setOpened] = useState<Opened>(null);
  const open = (what: Opened) => {
    asking.forget();
    setOpened(what);
  };
  const shared = { run, acts: acts ? ofNewestAttempt(acts, run.attempts) : NO_ACTS, abilities, asking };
  return (
    <section className={styles.controls}>
      <Bar {...shared} onOpen={open} />
      {asking.fault && !asking.fault.isListed && opened === null ? (
        <p className={styles.bad} role="alert">
          <Told text={asking.fault.text} />
        </p>
      ) : null}
      <Recent acts={acts} sending={asking.sending} />
      <OpenSheet {...shared} opened={opened} close={() => setOpened(null)} />
    </section>
  );
}

const NO_ACTS: readonly Command[] = [];

/** What a training can be asked for, and what is becoming of it; for one that takes no commands a quiet word why. */
export default function Controls({ run }: { run: RunDetail }) {
  const { t } = useTranslation("acts");
  const standing = standingOf(run);
  const abilities = abilitiesFrom(run.settings);
  if (standing === "ready" && abilities) return <Ready run={run} abilities={abilities} />;
  return (
    <p className={styles.quiet} data-testid="no-control">
      <Told text={t(`standing.${standing === "ready" ? "untold" : standing}`)} />
    </p>
  );
}
