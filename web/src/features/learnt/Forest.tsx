import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../i18n/use-language";
import { barOf, filterOf, isBetter, namesOf, reachOf, type Estimate } from "./forest";
import styles from "./Learnt.module.css";
import { knownNamesQuery, type Effect, type Learnt } from "./queries";
import { signedFormat } from "./signed";

const HEIGHT = 28;
const MIDDLE = HEIGHT / 2;
const MARK = 4.5;

const INSET = 4; // percent at both edges, for marks and arrows

const placed = (share: number) => `${INSET + share * (100 - 2 * INSET)}%`;

/** A small shape at a share of the width, of the same size at any width. */
function At({ share, children }: { share: number; children: ReactNode }) {
  return (
    <svg x={placed(share)} overflow="visible">
      {children}
    </svg>
  );
}

function End({ share, beyond, direction }: { share: number; beyond: boolean; direction: 1 | -1 }) {
  return (
    <At share={share}>
      {beyond ? <path className={styles.arrow} d={`M${direction * 8} ${MIDDLE}L0 ${MIDDLE - 4.5}V${MIDDLE + 4.5}z`} /> : <line className={styles.range} y1={MIDDLE - 4} y2={MIDDLE + 4} />}
    </At>
  );
}

/** A difference as a mark, its interval as a line; an arrow where the line goes on beyond the edge. */
function Interval({ estimate, reach, tone }: { estimate: Estimate; reach: number; tone: string }) {
  const bar = barOf(estimate, reach);
  return (
    <svg className={styles.interval} data-tone={tone} aria-hidden="true">
      <line className={styles.zero} x1="50%" x2="50%" y1="0" y2={HEIGHT} />
      <line className={styles.range} x1={placed(bar.from)} x2={placed(bar.to)} y1={MIDDLE} y2={MIDDLE} />
      <End share={bar.from} beyond={bar.beyondLeft} direction={-1} />
      <End share={bar.to} beyond={bar.beyondRight} direction={1} />
      <At share={bar.at}>
        <rect className={styles.mark} x={-MARK} y={MIDDLE - MARK} width={MARK * 2} height={MARK * 2} />
      </At>
    </svg>
  );
}

function Axis({ reach }: { reach: number }) {
  const language = useLanguage();
  const tell = signedFormat(language, reach);
  const ticks = [
    [0, tell(-reach)],
    [0.5, "0"],
    [1, tell(reach)],
  ] as const;
  return (
    <div className={styles.axis} aria-hidden="true">
      <span />
      <span className={styles.ticks}>
        {ticks.map(([share, text]) => (
          <span key={share} style={{ left: placed(share) }}>
            {text}
          </span>
        ))}
      </span>
      <span />
    </div>
  );
}

function RunsBehind({ effect, project }: { effect: Effect; project: string }) {
  const { t } = useTranslation("learnt");
  const { data: known = [] } = useQuery(knownNamesQuery(project, namesOf(effect.setting)));
  const where = filterOf(effect, known);
  if (where === null) return null;
  return (
    <Link to="/compare" search={{ project, where, by: known[0], align: "epoch" }} className={styles.link}>
      {t("behind")}
    </Link>
  );
}

function toneOf({ verdict }: Effect): string {
  if (verdict === "helped") return "good";
  return verdict === "hurt" ? "bad" : "open";
}

function Row({ estimate, reach, learnt }: { estimate: Estimate; reach: number; learnt: Learnt }) {
  const { t } = useTranslation("learnt");
  const language = useLanguage();
  const { effect, difference, low, high } = estimate;
  const tell = signedFormat(language, reach);
  const tone = toneOf(effect);
  const better = isBetter(estimate, learnt);
  return (
    <li className={styles.row} data-testid="effect" data-verdict={effect.verdict}>
      <div className={styles.what}>
        <code>{effect.setting}</code>
        <span className={styles.levels}>
          {effect.from.text} → {effect.to.text}
        </span>
      </div>
      <Interval estimate={estimate} reach={reach} tone={tone} />
      <div className={styles.result}>
        <span className={styles.verdict} data-tone={tone}>
          {t(`verdicts.${effect.verdict}`)}
        </span>
        <span className={styles.numbers}>
          {tell(difference)}
          {low === null || high === null ? null : ` [${tell(low)}, ${tell(high)}]`}
          {better === null || tone !== "open" ? null : <span className={styles.lean}> {t(better ? "leansBetter" : "leansWorse")}</span>}
        </span>
      </div>
      <p className={styles.sentence}>
        {effect.sentence[language]} <RunsBehind effect={effect} project={learnt.project} />
      </p>
    </li>
  );
}

/** Differences with their intervals on one axis, better on the side that the metric says. */
export function Forest({ title, estimates, learnt }: { title: string; estimates: readonly Estimate[]; learnt: Learnt }) {
  const { t } = useTranslation("learnt");
  const language = useLanguage();
  if (estimates.length === 0) return null;
  const reach = reachOf(estimates);
  return (
    <section className={styles.forest} aria-label={title}>
      <h3>
        {title}
        <span>{t(learnt.metric.points ? "inPoints" : "inUnit", { metric: learnt.metric.title[language] })}</span>
      </h3>
      <Axis reach={reach} />
      <ol className={styles.rows}>
        {estimates.map((estimate) => (
          <Row key={`${estimate.effect.setting}/${estimate.effect.from.text}/${estimate.effect.to.text}`} estimate={estimate} reach={reach} learnt={learnt} />
        ))}
      </ol>
    </section>
  );
}
