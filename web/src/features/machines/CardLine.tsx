import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { CardRow, MachineHistory, MachineRow } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { formatFinish } from "../../lib/finish";
import { formatBytesOf, formatDuration, formatInstant, formatNumber, NO_VALUE } from "../../lib/format";
import { ProgressBar } from "../../ui/ProgressBar";
import { HOT_C, roughly, secondsSince, shareOf, shortName } from "../../machines/derive";
import { freeIn, isHeldPaused, type Outlook } from "./derive";
import styles from "./Machines.module.css";
import { Release } from "./Release";
import { RunLink } from "./RunLink";
import { UseStrip } from "./UseStrip";

const WORKS = 0.05;

function Use({ card }: { card: CardRow }) {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  const share = shareOf(card.util_percent, 100);
  if (share === null) return <span className={styles.dim}>{NO_VALUE}</span>;
  const said = `${formatNumber(Math.round(share * 100), language)}%`;
  return (
    <span className={styles.meter}>
      <ProgressBar share={share} live={share >= WORKS} label={t("useLabel", { percent: said })} />
      <span className={styles.percent}>{said}</span>
    </span>
  );
}

function Memory({ card }: { card: CardRow }) {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  const share = shareOf(card.memory_bytes, card.memory_total_bytes);
  if (share === null || card.memory_bytes === null || card.memory_total_bytes === null) {
    return <span className={styles.dim}>{NO_VALUE}</span>;
  }
  const said = formatBytesOf(card.memory_bytes, card.memory_total_bytes, language);
  return (
    <span className={styles.meter} data-kind="memory">
      <ProgressBar share={share} live={false} label={t("memoryLabel", { of: said })} />
      <span className={styles.bytes}>{said}</span>
    </span>
  );
}

function Heat({ card }: { card: CardRow }) {
  const language = useLanguage();
  const { temperature_c: celsius, power_w: watt } = card;
  if (celsius === null && watt === null) return <>{NO_VALUE}</>;
  return (
    <>
      {celsius === null ? null : <span data-hot={celsius >= HOT_C}>{formatNumber(Math.round(celsius), language)} °C</span>}
      {watt === null ? null : <span className={styles.watt}>{formatNumber(Math.round(watt), language)} W</span>}
    </>
  );
}

function useFor(card: CardRow, now: number): string {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  const span = roughly(secondsSince(card.since, now));
  if (isHeldPaused(card)) return t("state.paused");
  if (span === null) return t(`state.${card.state}Now`);
  return t(`state.${card.state}`, { span: formatDuration(span, language) });
}

function Who({ card }: { card: CardRow }) {
  const { t } = useTranslation("machines");
  const [first, ...others] = card.runs;
  if (first) {
    return (
      <>
        <RunLink run={first} />
        {others.length > 0 ? (
          <span className={styles.more} title={others.map((run) => run.name ?? run.run).join("\n")}>
            +{others.length}
          </span>
        ) : null}
      </>
    );
  }
  if (card.foreign_processes === 0) return null;
  return <span className={styles.foreign}>{t("foreign", { count: card.foreign_processes })}</span>;
}

/** When a card that is used is free, as far as the trainings on it tell; how long it is used stands behind the words. */
function Free({ seconds, since, now }: { seconds: number; since: string; now: number }) {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  const span = roughly(seconds);
  const at = formatFinish(now + seconds * 1000, now, language);
  return (
    <span className={styles.since} title={`${t("freeAt", { time: at })}\n${since}`} data-testid="forecast">
      {span === null ? t("freeSoon") : t("freeIn", { span: formatDuration(span, language) })}
    </span>
  );
}

interface StateProps {
  readonly card: CardRow;
  readonly machine: MachineRow;
  readonly now: number;
  readonly outlook: Outlook;
}

function State({ card, machine, now, outlook }: StateProps) {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  const words = useFor(card, now);
  const state = isHeldPaused(card) ? "paused" : card.state;
  const seconds = state === "busy" ? freeIn(card, outlook.forecast) : null;
  if (!machine.online) return <span className={styles.dim}>{t("state.away")}</span>;
  return (
    <>
      <span className={styles.dot} data-state={state} aria-hidden="true" />
      <Who card={card} />
      {seconds === null ? (
        <span className={styles.since} data-state={state} title={formatInstant(Date.parse(card.since), language)}>
          {words}
        </span>
      ) : (
        <Free seconds={seconds} since={words} now={now} />
      )}
      <Release runs={card.runs} outlook={outlook} machine={machine} hasCard />
    </>
  );
}

function useDayLabel(card: CardRow): string {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  if (card.use.day === null) return t("strip.empty");
  const percent = formatNumber(Math.round(card.use.day * 100), language);
  return t("strip.day", { percent, known: formatNumber(Math.round(card.use.heard_day * 100), language) });
}

interface CardLineProps extends StateProps {
  readonly history: MachineHistory | undefined;
}

/** One accelerator: a row of the table, or on a narrow screen the same cells stacked. */
export const CardLine = memo(function CardLine({ card, machine, now, outlook, history }: CardLineProps) {
  const language = useLanguage();
  const label = useDayLabel(card);
  const day = card.use.day;
  return (
    <div className={styles.row} role="row" data-testid="card" data-state={card.state} data-uuid={card.uuid}>
      <div role="cell" className={styles.name} title={`${card.name}\n${card.uuid}`}>
        <span className={styles.index}>{card.index}</span>
        <span className={styles.model}>{shortName(card.name)}</span>
      </div>
      <div role="cell" className={styles.state}>
        <State card={card} machine={machine} now={now} outlook={outlook} />
      </div>
      <div role="cell" className={styles.use}>
        <Use card={card} />
      </div>
      <div role="cell" className={styles.memory}>
        <Memory card={card} />
      </div>
      <div role="cell" className={styles.heat}>
        <Heat card={card} />
      </div>
      <div role="cell" className={styles.day}>
        <UseStrip history={history} uuid={card.uuid} label={label} />
        <span className={styles.percent} title={label}>
          {day === null ? NO_VALUE : `${formatNumber(Math.round(day * 100), language)}%`}
        </span>
      </div>
    </div>
  );
});
