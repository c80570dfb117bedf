import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { MeasureEvent, RunDetail } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatInstant, formatX } from "../../../lib/format";
import { runIsOver } from "../../../ui/run-tone";
import styles from "./Autopilot.module.css";
import { ofThisRun, standingWords } from "./derive";
import { runMeasuresQuery, useSpare } from "./queries";

function Event({ event }: { event: MeasureEvent }) {
  const { t } = useTranslation("autopilot");
  const locale = useLanguage();
  const facts = [formatInstant(Date.parse(event.at), locale), ...(event.epoch === null ? [] : [t("atEpoch", { epoch: formatX(event.epoch, "epoch", locale) })])];
  return (
    <li data-testid="measure-event" data-kind={event.kind}>
      <span className={styles.kind} data-kind={event.kind}>
        {t(`kind.${event.kind}`)}
      </span>{" "}
      {event.sentence[locale]} <span className={styles.facts}>{facts.join(" · ")}</span>
    </li>
  );
}

function Spare({ run, isSpared }: { run: string; isSpared: boolean }) {
  const { t } = useTranslation("autopilot");
  const { mutate, isPending, variables } = useSpare(run);
  return (
    <label className={styles.spare}>
      <input type="checkbox" checked={isPending ? variables : isSpared} data-testid="spare" onChange={({ currentTarget }) => mutate(currentTarget.checked)} />
      {t("spare")}
    </label>
  );
}

/** What the server may do to this run by itself, what it did or would have done, and whether it is to leave it alone. */
export function Autopilot({ run }: { run: RunDetail }) {
  const { t } = useTranslation("autopilot");
  const { data } = useQuery(runMeasuresQuery(run.id));
  if (!data) return null;
  const events = ofThisRun(data.events);
  const isOver = runIsOver(run.state);
  return (
    <section className={styles.autopilot} aria-labelledby="autopilot-title" data-testid="autopilot">
      <div className={styles.head}>
        <h2 id="autopilot-title">{t("title")}</h2>
        <span className={styles.standing}>{standingWords(data, t)}</span>
        <Link to="/autopilot" search={{ project: run.project }} className={styles.link}>
          {t("ofProject")}
        </Link>
        {isOver ? null : <Spare run={run.id} isSpared={data.spared} />}
      </div>
      {events.length === 0 ? null : (
        <ol className={styles.events}>
          {events.map((event) => (
            <Event key={`${event.at}/${event.measure}/${event.kind}/${event.command}`} event={event} />
          ))}
        </ol>
      )}
    </section>
  );
}
