import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { createChartGroup } from "../../charts/group";
import type { RunDetail } from "../../api/client";
import { clamp } from "../../lib/numbers";
import { Viewport } from "../../series/viewport";
import { DownIcon } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import { useWidth } from "../../ui/use-width";
import { ChartPanel, type PanelContext } from "./ChartPanel";
import styles from "./ChartSections.module.css";
import { sectionsOf, type SectionId, type SectionPlan, type SeriesShape } from "./derive";
import { route, useViewChange, zoomedTo } from "./route";
import { windowOf } from "./search";
import { Toolbar } from "./Toolbar";
import { useLook } from "./use-look";

const PANEL_MIN_PX = 360;
const GAP_PX = 12;
const BUCKET_GRAIN = 50; // widths within a grain ask for the same, and share a request

/** About one bucket for two pixels of a chart. */
function bucketsFor(gridWidth: number): number {
  if (gridWidth === 0) return 0;
  const columns = clamp(Math.floor((gridWidth + GAP_PX) / (PANEL_MIN_PX + GAP_PX)), 1, 4);
  const width = gridWidth / columns;
  return clamp(Math.round(width / 2 / BUCKET_GRAIN) * BUCKET_GRAIN, 200, 1000);
}

function Section({ plan, context, closed }: { plan: SectionPlan; context: PanelContext; closed: readonly SectionId[] }) {
  const { t } = useTranslation("run");
  const change = useViewChange();
  const isOpen = !closed.includes(plan.id);
  function toggle(): void {
    const next = isOpen ? [...closed, plan.id] : closed.filter((id) => id !== plan.id);
    change({ closed: next.length > 0 ? next : undefined });
  }
  return (
    <section className={styles.section} aria-labelledby={`section-${plan.id}`}>
      <h2 className={styles.heading} id={`section-${plan.id}`}>
        <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={toggle}>
          <DownIcon />
          {t(`sections.${plan.id}`)}
          <span className={styles.count}>{t("sectionCount", { count: plan.charts.length })}</span>
        </button>
      </h2>
      {isOpen ? (
        <div className={styles.grid}>
          {plan.charts.map((chart) => (
            <ChartPanel key={chart.key} plan={chart} context={context} />
          ))}
        </div>
      ) : null}
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

function useContext(run: string, viewport: Viewport, buckets: number): PanelContext {
  const search = route.useSearch();
  const change = useViewChange();
  const look = useLook();
  const [group] = useState(() => createChartGroup(viewport));
  const [from, to] = windowOf(search) ?? [];
  const window = useMemo(() => (from === undefined || to === undefined ? null : ([from, to] as const)), [from, to]);
  useEffect(() => viewport.show(look.axis, window), [viewport, look.axis, window]);
  return { run, group, look, window, buckets, onZoom: (next) => change(zoomedTo(next)) };
}

/** All charts of a run by family, with the controls above them. */
export function ChartSections({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const { closed } = route.useSearch();
  const [viewport] = useState(() => new Viewport());
  const body = useRef<HTMLDivElement>(null);
  const buckets = bucketsFor(useWidth(body));
  const context = useContext(run.id, viewport, buckets);
  const sections = useSections(run.series);
  return (
    <>
      <Toolbar viewport={viewport} />
      <div className={styles.body}>
        <div ref={body}>
          {sections.map((plan) => (
            <Section key={plan.id} plan={plan} context={context} closed={closed ?? []} />
          ))}
        </div>
        {sections.length === 0 ? <Notice title={t("noSeries.title")} detail={t("noSeries.text")} /> : null}
      </div>
    </>
  );
}
