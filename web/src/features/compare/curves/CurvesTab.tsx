import { useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { createChartGroup } from "../../../charts/group";
import type { AttemptMark, ChartLook } from "../../../charts/scene";
import { useLanguage } from "../../../i18n/use-language";
import { ChartPanel, type PanelContext } from "../../../panels/ChartPanel";
import { linkOfChart } from "../../../panels/link";
import { ownWith, settingsByChart } from "../../../panels/own";
import { bucketsFor } from "../../../panels/plan";
import { PrintNote } from "../../../panels/PrintNote";
import { Viewport } from "../../../series/viewport";
import { DownIcon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import { withToggled } from "../choice";
import { useChange, useChangeOf, zoomedTo } from "../route";
import { windowOf } from "../search";
import { Swatch } from "../../../panels/Swatch";
import type { Comparison } from "../use-comparison";
import { CurvesToolbar } from "./CurvesToolbar";
import styles from "./CurvesTab.module.css";
import { familiesOf, type FamilyPlan } from "./plan";
import { sourceFor } from "./source";
import { baselineVoice, groupedBy, voicesOf } from "./voices";

const FocusDialog = lazy(() => import("../../../panels/FocusDialog"));

const BUCKETS = 400;
const OPEN_AT_FIRST = ["metric", "loss"] as const;
const NO_ATTEMPTS: readonly AttemptMark[] = [];
const NO_SUPERSEDED: readonly number[] = [];

function useLook({ search }: Comparison, smoothing: number): ChartLook {
  const theme = useComputedColorScheme("light");
  const locale = useLanguage();
  const { align: axis = "step", scale } = search;
  return useMemo(
    () => ({ axis, log: scale === "log", smoothing, theme, locale, attempts: NO_ATTEMPTS }),
    [axis, scale, smoothing, theme, locale],
  );
}

/** The same window object for as long as its ends are the same. */
function useWindow({ search }: Comparison) {
  const [from, to] = windowOf(search) ?? [];
  return useMemo(() => (from === undefined || to === undefined ? null : ([from, to] as const)), [from, to]);
}

function usePanelContext(comparison: Comparison, viewport: Viewport, view: { smoothing: number; lines: number }): PanelContext {
  const change = useChangeOf();
  const look = useLook(comparison, view.smoothing);
  const window = useWindow(comparison);
  const [group] = useState(() => createChartGroup(viewport));
  useEffect(() => viewport.show(look.axis, window), [viewport, look.axis, window]);
  const runs = comparison.shown.map(({ id }) => id).join("\n");
  const [by, baseline] = [groupedBy(comparison), baselineVoice(comparison)];
  const source = useMemo(() => sourceFor({ runs: runs.split("\n"), by, baseline }), [runs, by, baseline]);
  const { own } = comparison.search;
  const settings = useMemo(() => settingsByChart(own), [own]);
  const buckets = bucketsFor(BUCKETS, view.lines);
  return useMemo(
    () => ({
      run: null,
      group,
      look,
      window,
      superseded: NO_SUPERSEDED,
      buckets,
      settings,
      namesOutside: true,
      linkOf: linkOfChart,
      onZoom: (next) => change(() => zoomedTo(next)),
      onFocus: (chart) => change(() => ({ chart: chart ?? undefined })),
      onSettings: (chart, next) => change((now) => ({ own: ownWith(now.own, chart, next) })),
      ...(source ? { source } : {}),
    }),
    [group, look, window, buckets, settings, source, change],
  );
}

function Family({ plan, context, isOpen, onToggle }: { plan: FamilyPlan; context: PanelContext; isOpen: boolean; onToggle: () => void }) {
  const { t } = useTranslation("compare");
  return (
    <section className={styles.section} aria-labelledby={`family-${plan.id}`}>
      <h2 className={styles.heading} id={`family-${plan.id}`}>
        <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={onToggle}>
          <DownIcon />
          {t(`families.${plan.id}`)}
          <span className={styles.count}>{plan.charts.length}</span>
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

/** What the colours mean, where they do not tell the runs themselves. */
function Levels({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const { levels, search } = comparison;
  const shown = new Set(comparison.shown.map(({ id }) => id));
  if (levels === null) return null;
  return (
    <ul className={styles.levels} aria-label={t("curves.levels", { by: search.by })}>
      <li className={styles.by}>{search.by}</li>
      {levels.map(({ key, text, color, runs }) => (
        <li key={key}>
          <Swatch color={color} />
          <span className={styles.level}>{key === "null" ? t("curves.noValue") : text}</span>
          <span className={styles.count}>{t("runs.count", { count: runs.filter((run) => shown.has(run)).length })}</span>
        </li>
      ))}
    </ul>
  );
}

function Families({ comparison, context }: { comparison: Comparison; context: PanelContext }) {
  const { t } = useTranslation("compare");
  const change = useChange();
  const { series, search } = comparison;
  const { chart } = search;
  const [find, against] = [search.find ?? "", baselineVoice(comparison) !== null];
  const voices = useMemo(() => voicesOf(comparison, t("curves.noValue")), [comparison, t]);
  const families = useMemo(() => familiesOf(series, voices, { find, against }), [series, voices, find, against]);
  const open = search.open ?? (find === "" ? OPEN_AT_FIRST : families.map(({ id }) => id));
  const plans = useMemo(() => families.flatMap(({ charts }) => charts), [families]);
  if (series.length > 0 && families.length === 0) return <Notice title={t("curves.noneFound", { find })} />;
  return (
    <>
      {families.map((plan) => (
        <Family
          key={plan.id}
          plan={plan}
          context={context}
          isOpen={open.some((id) => id === plan.id)}
          onToggle={() => change({ open: withToggled(open, plan.id) ?? [] })}
        />
      ))}
      {chart !== undefined && plans.some(({ key }) => key === chart) ? (
        <Suspense>
          <FocusDialog plans={plans} chart={chart} context={context} onShow={context.onFocus ?? (() => undefined)} />
        </Suspense>
      ) : null}
    </>
  );
}

/** Every series of the runs as one chart with a line a run, or a line and its deviation for runs that share a value. */
export default function CurvesTab({ comparison }: { comparison: Comparison }) {
  const [viewport] = useState(() => new Viewport());
  const [smoothing, setSmoothing] = useState(comparison.search.smooth ?? 0);
  const context = usePanelContext(comparison, viewport, { smoothing, lines: comparison.shown.length });
  return (
    <>
      <CurvesToolbar comparison={comparison} viewport={viewport} smoothing={smoothing} onSmooth={setSmoothing} />
      <div className={styles.body}>
        <PrintNote />
        <Levels comparison={comparison} />
        <Families comparison={comparison} context={context} />
      </div>
    </>
  );
}
