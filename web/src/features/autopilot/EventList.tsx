import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Measure, MeasureEvent } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { formatInstant, formatX } from "../../lib/format";
import styles from "./Autopilot.module.css";

/** When, who and where: "12 Nov, 10:31 · anna · epoch 7"; the rule stands in the sentence. */
function Facts({ event }: { event: MeasureEvent }) {
  const { t } = useTranslation("autopilot");
  const locale = useLanguage();
  const { at, who, epoch } = event;
  const isByItself = who === "" || who.startsWith("measure ");
  const facts = [formatInstant(Date.parse(at), locale), ...(isByItself ? [] : [who]), ...(epoch === null ? [] : [t("atEpoch", { epoch: formatX(epoch, "epoch", locale) })])];
  return <span className={styles.facts}>{facts.join(" · ")}</span>;
}

function Event({ event, title }: { event: MeasureEvent; title: string }) {
  const { t } = useTranslation("autopilot");
  const language = useLanguage();
  return (
    <li data-testid="measure-event" data-kind={event.kind}>
      <p className={styles.line}>
        <span className={styles.kind} data-kind={event.kind}>
          {t(`kind.${event.kind}`)}
        </span>
        {title === "" ? null : <strong>{title}</strong>}
        {event.run === null ? null : (
          <Link to="/runs/$runId" params={{ runId: event.run }} search={{ tab: "history" }} className={styles.run} title={event.run_name ?? event.run}>
            {event.run_name ?? event.run}
          </Link>
        )}
      </p>
      <p className={styles.sentence}>{event.sentence[language]}</p>
      <Facts event={event} />
    </li>
  );
}

/** What measures did and would have done in a project, and who set them, newest first. */
export function EventList({ events, measures }: { events: readonly MeasureEvent[]; measures: readonly Measure[] }) {
  const { t } = useTranslation("autopilot");
  const language = useLanguage();
  const titles = new Map<string, string>(measures.map(({ measure, title }) => [measure, title[language]]));
  return (
    <section aria-labelledby="autopilot-events">
      <h2 id="autopilot-events" className={styles.heading}>
        {t("events")}
      </h2>
      {events.length === 0 ? <p className={styles.none}>{t("noEvents")}</p> : null}
      <ol className={styles.events}>
        {events.map((event) => (
          <Event key={`${event.at}/${event.measure}/${event.kind}/${event.run ?? ""}/${event.command}`} event={event} title={titles.get(event.measure) ?? ""} />
        ))}
      </ol>
    </section>
  );
}
