import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { createChartGroup } from "../../charts/group";
import type { RunDetail } from "../../api/client";
import { Viewport } from "../../series/viewport";
import { DownIcon } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import { useWidth } from "../../ui/use-width";
import { ChartPanel, type PanelContext } from "../../panels/ChartPanel";
import styles from "./ChartSections.module.css";
import { sectionsOf, type SectionPlan } from "./derive";
import { finalRows, type FinalRow } from "./final";
import { FinalTable } from "./FinalTable";
import { gridFor, type GridShape } from "./grid";
import type { SeriesShape } from "../../panels/plan";
import { route, useViewChange, zoomedTo } from "./route";
import { windowOf } from "./search";
import { Toolbar } from "./Toolbar";
import { useLook } from "./use-look";
import { useSmoothing } from "./use-smoothing";
import { hasNumberedClasses } from "./withheld";
import { WithheldNote } from "./WithheldNote";

const NO_ROWS: readonly FinalRow[] = [];

interface SectionProps {
  readonly plan: SectionPlan;
  readonly context: PanelContext;
  readonly columns: number;
  /** What is shown as a table before the charts. */
  readonly final: readonly FinalRow[];
}

/** Charts of one family. A small family shares its row with the next. */
function Section({ plan, context, columns, final }: SectionProps) {
  const { t } = useTranslation("run");
  const change = useViewChange();
  const { closed = [] } = route.useSearch();
  const span = Math.min(columns, plan.charts.length + Math.min(1, final.length));
  const isOpen = !closed.includes(plan.id);
  function toggle(): void {
    const next = isOpen ? [...closed, plan.id] : closed.filter((id) => id !== plan.id);
    change({ closed: next.length > 0 ? next : undefined });
  }
  return (
    <section className={styles.section} style={{ gridColumn: `span ${span}` }} aria-labelledby={`section-${plan.id}`}>
      <h2 className={styles.heading} id={`section-${plan.id}`}>
        <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={toggle}>
          <DownIcon />
          {t(`sections.${plan.id}`)}
          <span className={styles.count}>{t("sectionCount", { count: plan.charts.length })}</span>
        </button>
      </h2>
      {isOpen ? (
        <div className={styles.grid} style={{ gridTemplateColumns: `repeat(${span}, minmax(0, 1fr))` }}>
          {final.length > 0 ? <FinalTable rows={final} /> : null}
          {plan.charts.map((chart) => (
            <ChartPanel key={chart.key} plan={chart} context={context} />
          ))}
        </div>
      ) : null}
      {isOpen && hasNumberedClasses(plan) ? <WithheldNote what="classes" /> : null}
    </section>
  );
}

/** The plan by its content: a refetched run with the same series keeps the same charts. */
function useSections(series: RunDetail["series"]): SectionPlan[] {
  const shape = JSON.stringify(series.map(({ name, family, unit, title }) => ({ name, family, unit, title })));
  return useMemo(() => {
    const known: SeriesShape[] = JSON.parse(shape);
    return sectionsOf(known);
  }, [shape]);
}

const NO_ATTEMPTS: readonly number[] = [];

/** The attempts of which later ones may have superseded points, if those are to be shown. */
function useSupersededAttempts(run: RunDetail): readonly number[] {
  const { superseded = false } = route.useSearch();
  const newest = run.attempt;
  return useMemo(() => (superseded ? Array.from({ length: Math.max(0, newest - 1) }, (_, at) => at + 1) : NO_ATTEMPTS), [superseded, newest]);
}

function usePanelContext(run: RunDetail, viewport: Viewport, view: { buckets: number; smoothing: number }): PanelContext {
  const search = route.useSearch();
  const change = useViewChange();
  const look = useLook(run, view.smoothing);
  const superseded = useSupersededAttempts(run);
  const [group] = useState(() => createChartGroup(viewport));
  const [from, to] = windowOf(search) ?? [];
  const window = useMemo(() => (from === undefined || to === undefined ? null : ([from, to] as const)), [from, to]);
  useEffect(() => viewport.show(look.axis, window), [viewport, look.axis, window]);
  return { run: run.id, group, look, window, superseded, buckets: view.buckets, onZoom: (next) => change(zoomedTo(next)) };
}

function Sections({ run, viewport, smoothing, shape }: { run: RunDetail; viewport: Viewport; smoothing: number; shape: GridShape }) {
  const { t } = useTranslation("run");
  const context = usePanelContext(run, viewport, { buckets: shape.buckets, smoothing });
  const sections = useSections(run.series);
  const final = useMemo(() => finalRows(run.series), [run.series]);
  if (sections.length === 0) return <Notice title={t("noSeries.title")} detail={t("noSeries.text")} />;
  return (
    <div className={styles.sections} style={{ gridTemplateColumns: `repeat(${shape.columns}, minmax(0, 1fr))` }}>
      {sections.map((plan) => (
        <Section key={plan.id} plan={plan} context={context} columns={shape.columns} final={plan.id === "metric" ? final : NO_ROWS} />
      ))}
    </div>
  );
}

/** All charts of a run by family, with the controls above them. */
export default function ChartSections({ run }: { run: RunDetail }) {
  const [viewport] = useState(() => new Viewport());
  const body = useRef<HTMLDivElement>(null);
  const shape = gridFor(useWidth(body));
  const smoothing = useSmoothing();
  return (
    <>
      <Toolbar viewport={viewport} smoothing={smoothing} hasOlderAttempts={run.attempt > 1} />
      <div className={styles.body}>
        <div ref={body}>
          {shape ? <Sections run={run} viewport={viewport} smoothing={smoothing.weight} shape={shape} /> : null}
        </div>
      </div>
    </>
  );
}
