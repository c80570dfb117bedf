import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Command, RunDetail } from "../api/client";
import { useLanguage } from "../i18n/use-language";
import { formatInstant, formatX } from "../lib/format";
import styles from "./ActList.module.css";
import { standingOf } from "./can";
import { useCauseTitle } from "./causes";
import { EffectTold } from "./EffectTold";
import { actsIn, actsQuery } from "./queries";
import { Told } from "./Told";
import { whoWords } from "./who";
import { argWords, resultWords, stateWords, verbWords } from "./words";

type T = ReturnType<typeof useTranslation<"acts">>["t"];

/** Where the training stood: "step 120 · epoch 2.5". */
function placeOf({ applied_at: at }: Command, t: T, locale: string): string[] {
  const step = at?.step ?? null;
  const epoch = at?.epoch ?? null;
  return [...(step === null ? [] : [t("at.step", { step: formatX(step, "step", locale) })]), ...(epoch === null ? [] : [t("at.epoch", { epoch: formatX(epoch, "epoch", locale) })])];
}

/** Which finding a command answers, with the way to its card. */
function Cause({ run, rule, title }: { run: string; rule: string; title: string }) {
  const { t } = useTranslation("acts");
  return (
    <p className={styles.cause}>
      <Link to="/runs/$runId" params={{ runId: run }} search={{ tab: "diagnosis" }} hash={`finding-${rule}`} data-testid="act-cause">
        {t("list.cause", { title })}
      </Link>
    </p>
  );
}

interface ActProps {
  readonly run: string;
  readonly act: Command;
  readonly titleOf: (rule: string) => string;
}

function Act({ run, act, titleOf }: ActProps) {
  const { t } = useTranslation("acts");
  const locale = useLanguage();
  const [args, result] = [argWords(act, { t, locale }), resultWords(act, { t, locale })];
  const facts = [t("list.at", { time: formatInstant(Date.parse(act.created), locale) }), t("list.by", { who: whoWords(act.who, t) }), ...placeOf(act, t, locale)];
  return (
    <li className={styles.act} data-testid="act" data-verb={act.verb} data-state={act.state}>
      <p className={styles.what}>
        <strong>{verbWords(act, t)}</strong>
        {args ? <span className={styles.args}>{args}</span> : null}
        <span className={styles.state} data-state={act.state}>
          {stateWords(act, { t, locale })}
        </span>
      </p>
      {result && result !== args ? (
        <p className={styles.result}>
          <Told text={result} />
        </p>
      ) : null}
      {act.effect ? <EffectTold effect={act.effect} /> : null}
      {act.cause === "" ? null : <Cause run={run} rule={act.cause} title={titleOf(act.cause)} />}
      <p className={styles.facts}>{facts.join(" · ")}</p>
    </li>
  );
}

/** What is to be said of a run that takes no commands any more. */
function Closing({ run, newest }: { run: RunDetail; newest: Command | undefined }) {
  const { t } = useTranslation("acts");
  const standing = standingOf(run);
  if (standing === "ready") return null;
  const isReleased = standing === "over" && newest?.verb === "pause" && newest.args.release === true && newest.state === "applied";
  const text = isReleased ? t("standing.released", { name: run.name, host: run.host ?? t("standing.itsMachine") }) : t(`standing.${standing}`);
  return (
    <p className={styles.closing}>
      <Told text={text} />
    </p>
  );
}

const FIRST_SHOWN = 20;
const MORE_SHOWN = 100;

/** Everything that a run was asked for, by whom, and what became of it, newest first. */
export default function ActList({ run }: { run: RunDetail }) {
  const { t } = useTranslation("acts");
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(actsQuery(run.id));
  const acts = actsIn(data);
  const [most, setMost] = useState(FIRST_SHOWN);
  const titleOf = useCauseTitle(run, acts.some(({ cause }) => cause !== ""));
  const isMore = hasNextPage || acts.length > most;
  function older(): void {
    setMost((now) => now + MORE_SHOWN);
    if (hasNextPage && acts.length < most + MORE_SHOWN) void fetchNextPage();
  }
  return (
    <section className={styles.acts} aria-labelledby="acts-title">
      <h2 id="acts-title">{t("list.title")}</h2>
      <Closing run={run} newest={acts[0]} />
      {data && acts.length === 0 ? <p className={styles.closing}>{t("list.none")}</p> : null}
      {error && !data ? (
        <p className={styles.closing} role="alert">
          {t("list.error")}{" "}
          <Button variant="default" size="compact-sm" onClick={() => void refetch()}>
            {t("list.retry")}
          </Button>
        </p>
      ) : null}
      <ol className={styles.list}>
        {acts.slice(0, most).map((act) => (
          <Act key={act.id} run={run.id} act={act} titleOf={titleOf} />
        ))}
      </ol>
      {isMore ? (
        <Button variant="default" size="compact-sm" className={styles.older} loading={isFetchingNextPage} onClick={older}>
          {t("list.older")}
        </Button>
      ) : null}
    </section>
  );
}
