import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RunDetail, SeriesInfo } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatMetric } from "../../../lib/format";
import { numberFromWire } from "../../../lib/numbers";
import { chartQuery } from "../../../panels/queries";
import { bestOf } from "../best";
import { lead, valueAt, type Rival, type Standing } from "../standing";
import { Card } from "./Card";
import styles from "./Overview.module.css";

const BUCKETS = 200;

function RunName({ rival }: { rival: Rival }) {
  return (
    <Link to="/runs/$runId" params={{ runId: rival.id }} className={styles.runName} title={rival.name}>
      {rival.name}
    </Link>
  );
}

/** "+0.012": how far ahead, with its sign. */
function Lead({ value }: { value: number }) {
  const language = useLanguage();
  const said = formatMetric(Math.abs(value), language);
  return (
    <span className={styles.lead} data-ahead={value > 0}>
      {value > 0 ? `+${said}` : value < 0 ? `−${said}` : "±0"}
    </span>
  );
}

function useRivalAt(rival: Rival, main: SeriesInfo): number | null {
  const epoch = main.last_epoch;
  const { data } = useQuery(chartQuery([rival.id], { names: [main.name], x: "epoch", window: null, buckets: BUCKETS }, epoch !== null));
  const columns = data?.[0];
  const trainedAsLong = columns && epoch !== null && (columns.x.at(-1) ?? -Infinity) >= epoch;
  return trainedAsLong ? valueAt(columns, epoch) : null;
}

interface AgainstProps {
  readonly standing: Standing;
  readonly rival: Rival;
  readonly main: SeriesInfo;
}

function Against({ standing, rival, main }: AgainstProps) {
  const { t } = useTranslation("overview");
  const own = numberFromWire(main.best) ?? 0;
  const last = numberFromWire(main.last);
  const there = useRivalAt(rival, main);
  return (
    <dl className={styles.against}>
      <div>
        <dt>{t(standing.rank === 1 ? "standing.second" : "standing.best")}</dt>
        <dd>
          <RunName rival={rival} />
          <Lead value={lead(own, rival.best, main.direction)} />
        </dd>
      </div>
      {there === null || last === null || !Number.isFinite(last) || main.last_epoch === null ? null : (
        <div>
          <dt>{t("standing.sameEpoch")}</dt>
          <dd>
            <span className={styles.note}>{t("standing.atEpoch", { epoch: Math.round(main.last_epoch) })}</span>
            <Lead value={lead(last, there, main.direction)} />
          </dd>
        </div>
      )}
    </dl>
  );
}

interface BarsProps {
  readonly own: Rival;
  readonly before: readonly Rival[];
}

/** The runs before this one as bars, the oldest first, and this one. */
function Bars({ own, before }: BarsProps) {
  const { t } = useTranslation("overview");
  const language = useLanguage();
  const all = [...before.toReversed(), own];
  const most = Math.max(...all.map(({ best }) => Math.abs(best)), Number.MIN_VALUE);
  return (
    <ol className={styles.bars} aria-label={t("standing.before")}>
      {all.map((rival) => (
        <li key={rival.id} data-own={rival.id === own.id}>
          {rival.id === own.id ? <span className={styles.runName}>{t("standing.thisRun")}</span> : <RunName rival={rival} />}
          <span className={styles.bar} aria-hidden="true">
            <span style={{ width: `${(100 * Math.abs(rival.best)) / most}%` }} />
          </span>
          <span className={styles.barValue}>{formatMetric(rival.best, language)}</span>
        </li>
      ))}
    </ol>
  );
}

interface StandingProps {
  readonly run: RunDetail;
  readonly main: SeriesInfo;
  readonly standing: Standing;
}

/** How the run stands among those of its project. */
export function StandingCard({ run, main, standing }: StandingProps) {
  const { t } = useTranslation("overview");
  const language = useLanguage();
  const own = { id: run.id, name: run.name, best: numberFromWire(main.best) ?? 0 };
  const best = bestOf(run);
  const { rank, of, rival, before } = standing;
  const compare = rival ? (
    <Link to="/compare" search={{ run: [run.id, rival.id] }} className={styles.more}>
      {t(rank === 1 ? "standing.compareSecond" : "standing.compareBest")}
    </Link>
  ) : null;
  return (
    <Card id="standing" title={t("standing.title")} link={compare}>
      <p className={styles.sentence}>
        {t(of <= 1 ? "standing.alone" : rank === 1 ? "standing.first" : "standing.rank", { rank, count: of, metric: main.title[language] })}
      </p>
      {best === null ? null : (
        <p className={styles.sentence}>{t(`standing.kept.${best.by}`, { epoch: best.epoch, metric: best.of.title[language] })}</p>
      )}
      {rival ? <Against standing={standing} rival={rival} main={main} /> : null}
      {before.length > 0 ? <Bars own={own} before={before} /> : null}
    </Card>
  );
}
