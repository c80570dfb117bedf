import { Link } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatNumber } from "../../../lib/format";
import { ChartPanel } from "../../../panels/ChartPanel";
import type { SeriesShape } from "../../../panels/plan";
import { runIsOver } from "../../../ui/run-tone";
import { useWidth } from "../../../ui/use-width";
import { gridFor, type GridShape } from "../grid";
import { systemCharts } from "../system-charts";
import { usePlace } from "../use-concerns";
import { useFixedContext } from "../use-fixed-context";
import { useWaiting } from "../use-waiting";
import { CardPanel } from "./Cards";
import { cardsNow, MACHINE_MEASURES, machineNow, type MachineMeasure } from "./now";
import styles from "./System.module.css";
import { Tile, type TileUnit } from "./Tile";

const UNITS: Record<MachineMeasure, TileUnit> = { cpu: "%", memory: "B", training: "B", workers: "B", disk: "B" };

/** Whether the training waits for its data, in a sentence. */
function Waiting({ run }: { run: RunDetail }) {
  const { t } = useTranslation("system");
  const language = useLanguage();
  const share = useWaiting(run);
  if (share === null) return null;
  const percent = formatNumber(Math.round(share * 100), language);
  const kind = share < 0.1 ? "little" : share < 0.3 ? "some" : "much";
  return (
    <p className={styles.waiting} data-much={kind === "much"} data-testid="waiting">
      {t(`waiting.${kind}`, { percent })}
    </p>
  );
}

function Neighbours({ run, ids }: { run: string; ids: readonly { run: string; name: string | null }[] }) {
  const { t } = useTranslation("system");
  const others = ids.filter((one) => one.run !== run && one.name !== null);
  if (others.length === 0) return null;
  return (
    <span className={styles.others}>
      <span className={styles.dim}>{t("machine.also")}</span>
      {others.map((one) => (
        <Link key={one.run} to="/runs/$runId" params={{ runId: one.run }} title={one.name ?? ""} className={styles.link}>
          {one.name}
        </Link>
      ))}
    </span>
  );
}

function Machine({ run, place }: { run: RunDetail; place: ReturnType<typeof usePlace> }) {
  const { t } = useTranslation("system");
  const now = useMemo(() => machineNow(run.series), [run.series]);
  return (
    <section className={styles.panel} aria-label={t("machine.label")} data-testid="system-machine">
      <header className={styles.head}>
        <h2 className={styles.title} title={run.host ?? ""}>
          {run.host ?? t("machine.label")}
        </h2>
        {place ? <span className={styles.dim}>{t("machine.cores", { count: place.machine.cpus })}</span> : null}
        {place ? <Neighbours run={run.id} ids={place.machine.runs} /> : null}
        <span className={styles.asOf}>{t(runIsOver(run.state) ? "machine.atEnd" : "machine.now")}</span>
      </header>
      <dl className={styles.tiles}>
        {MACHINE_MEASURES.map((id) => {
          const measured = now.get(id);
          return measured ? <Tile key={id} run={run.id} label={t(`machine.${id}`)} unit={UNITS[id]} measured={measured} /> : null;
        })}
      </dl>
      <Waiting run={run} />
    </section>
  );
}

/** The plans by their content: a refetched run with the same series keeps the same charts. */
function useCharts(series: RunDetail["series"]) {
  const shape = JSON.stringify(series.filter(({ family }) => family === "system").map(({ name, family, unit, title }) => ({ name, family, unit, title })));
  return useMemo(() => {
    const known: SeriesShape[] = JSON.parse(shape);
    return systemCharts(known.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })));
  }, [shape]);
}

function Charts({ run, shape }: { run: RunDetail; shape: GridShape }) {
  const context = useFixedContext(run, { axis: "elapsed", buckets: shape.buckets });
  const charts = useCharts(run.series);
  return (
    <div className={styles.charts} style={{ gridTemplateColumns: `repeat(${shape.columns}, minmax(0, 1fr))` }}>
      {charts.map((plan) => (
        <ChartPanel key={plan.key} plan={plan} context={context} />
      ))}
    </div>
  );
}

/** The machine that the run trains on: how busy it and its cards are, and how that went. */
export default function SystemTab({ run }: { run: RunDetail }) {
  const body = useRef<HTMLDivElement>(null);
  const shape = gridFor(useWidth(body));
  const place = usePlace(run);
  const cards = useMemo(() => cardsNow(run.series), [run.series]);
  return (
    <div className={styles.system}>
      <div className={styles.panels}>
        <Machine run={run} place={place} />
        {cards.map((card) => (
          <CardPanel key={card.index} run={run} now={card} card={place?.machine.cards.find(({ index }) => index === card.index)} />
        ))}
      </div>
      <div ref={body}>{shape ? <Charts run={run} shape={shape} /> : null}</div>
    </div>
  );
}
