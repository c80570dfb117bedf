import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../api/client";
import { inOrder, movedTo, withHidden, withOrder, withPin, withShown, withSize, type ChartLayout, type TileSize } from "../../panels/layout";
import { PrintNote } from "../../panels/PrintNote";
import { matcherOf } from "../../panels/matcher";
import type { SeriesShape } from "../../panels/plan";
import { useTitles } from "../../panels/use-chart-title";
import { Viewport } from "../../series/viewport";
import { Notice } from "../../ui/Notice";
import { useWidth } from "../../ui/use-width";
import { arranged, type Arranged, type ArrangedSection } from "./arrange";
import styles from "./ChartSections.module.css";
import { sectionsOf, type SectionPlan } from "./derive";
import { FINAL, finalRows, type FinalRow } from "./final";
import { gridFor, type GridShape } from "./grid";
import { route, useViewChange } from "./route";
import { Section } from "./Section";
import type { TileActions } from "./Tile";
import { Toolbar } from "./Toolbar";
import { useLayout, type KeptLayout } from "./use-layout";
import { usePanelContext } from "./use-panel-context";
import { useSmoothing } from "./use-smoothing";
import { useTileDrag } from "./use-tile-drag";

const FocusDialog = lazy(() => import("../../panels/FocusDialog"));
const NO_ROWS: readonly FinalRow[] = [];

/** What of the series decides about charts, the same for as long as it stays: a refetched run keeps its charts. */
function useShapes(series: RunDetail["series"]): readonly SeriesShape[] {
  const shape = JSON.stringify(series.map(({ name, family, unit, title }) => ({ name, family, unit, title })));
  return useMemo(() => {
    const known: SeriesShape[] = JSON.parse(shape);
    return known;
  }, [shape]);
}

/** The sections as the reader arranged them and as they are searched. */
function useArranged(sections: readonly SectionPlan[], layout: ChartLayout): Arranged {
  const { find = "" } = route.useSearch();
  const titleOf = useTitles();
  const matcher = useMemo(() => matcherOf(find), [find]);
  return useMemo(() => arranged(sections, layout, { matcher, titleOf }), [sections, layout, matcher, titleOf]);
}

const keysIn = (sections: readonly ArrangedSection[], id: string): string[] => sections.find((one) => one.id === id)?.charts.map(({ key }) => key) ?? [];

/** What tiles can do, the same object for as long as the page lives: hundreds of tiles hold it. */
function useTileActions(sections: readonly ArrangedSection[], { change }: KeptLayout, setDraft: (draft: Draft | null) => void) {
  const current = useRef(sections);
  useEffect(() => {
    current.current = sections;
  }, [sections]);
  const [keysOf] = useState(() => (id: string) => keysIn(current.current, id));
  const drag = useTileDrag(keysOf, (section, keys) => change((now) => withOrder(now, section, keys)));
  const begin = useRef(drag.begin);
  useEffect(() => {
    begin.current = drag.begin;
  });
  const actions = useMemo<TileActions>(
    () => ({
      size: (key, size) => change((now) => withSize(now, key, size)),
      preview: (key, size) => setDraft(size && { key, size }),
      pin: (key) => change((now) => withPin(now, key)),
      hide: (key) => change((now) => withHidden(now, key)),
      move: (section, key, by) => {
        const keys = keysOf(section);
        change((now) => withOrder(now, section, movedTo(keys, key, keys.indexOf(key) + by)));
      },
      grab: (event, section, key) => begin.current(event, section, key),
    }),
    [change, setDraft, keysOf],
  );
  return { actions, dragged: drag.dragged };
}

interface Draft {
  readonly key: string;
  readonly size: TileSize;
}

interface SectionsProps {
  readonly run: RunDetail;
  readonly axes: readonly SeriesShape[];
  readonly viewport: Viewport;
  readonly smoothing: number;
  readonly shape: GridShape;
  readonly kept: KeptLayout;
  readonly made: Arranged;
  readonly final: readonly FinalRow[];
}

function Sections({ run, axes, viewport, smoothing, shape, kept, made, final }: SectionsProps) {
  const { chart, find } = route.useSearch();
  const context = usePanelContext(run, axes, { viewport, buckets: shape.buckets, smoothing });
  const [draft, setDraft] = useState<Draft | null>(null);
  const { actions, dragged } = useTileActions(made.sections, kept, setDraft);
  const layout = draft ? withSize(kept.layout, draft.key, draft.size) : kept.layout;
  const shown = made.sections.map((section) => (dragged?.keys && dragged.section === section.id ? reordered(section, dragged.keys) : section));
  const plans = useMemo(() => made.sections.flatMap(({ charts }) => charts), [made]);
  const table = find === undefined ? final : NO_ROWS;
  return (
    <div className={styles.sections} style={{ gridTemplateColumns: `repeat(${shape.columns}, minmax(0, 1fr))` }} data-dragging={dragged?.keys !== null && dragged !== null}>
      {shown
        .filter(({ id, charts, hidden }) => charts.length + hidden.length > 0 || (id === "metric" && table.length > 0))
        .map((plan) => (
          <Section
            key={plan.id}
            plan={plan}
            context={context}
            layout={layout}
            columns={shape.columns}
            final={plan.id === "metric" ? table : NO_ROWS}
            dragged={dragged?.keys ? dragged.key : null}
            actions={actions}
            onShowHidden={(keys) => kept.change((now) => withShown(now, keys))}
          />
        ))}
      {chart !== undefined && plans.some(({ key }) => key === chart) ? (
        <Suspense>
          <FocusDialog plans={plans} chart={chart} context={context} onShow={context.onFocus ?? (() => undefined)} />
        </Suspense>
      ) : null}
    </div>
  );
}

function reordered(section: ArrangedSection, keys: readonly string[]): ArrangedSection {
  const order = inOrder(section.charts.map(({ key }) => key), keys);
  return { ...section, charts: order.flatMap((key) => section.charts.find((chart) => chart.key === key) ?? []) };
}

function NothingFound() {
  const { t } = useTranslation("panels");
  const { find = "" } = route.useSearch();
  const change = useViewChange();
  return <Notice title={t("search.none", { text: find })} detail={t("search.noneWhy")} action={{ label: t("search.clear"), run: () => change({ find: undefined }) }} />;
}

/** All charts of a run by family, with the controls above them. */
export default function ChartSections({ run }: { run: RunDetail }) {
  const { t } = useTranslation("run");
  const [viewport] = useState(() => new Viewport());
  const body = useRef<HTMLDivElement>(null);
  const shape = gridFor(useWidth(body));
  const smoothing = useSmoothing();
  const shapes = useShapes(run.series);
  const axes = useMemo(() => shapes.filter(({ name }) => !name.startsWith(FINAL)), [shapes]);
  const sections: readonly SectionPlan[] = useMemo(() => sectionsOf(shapes), [shapes]);
  const kept = useLayout(run.project, sections);
  const made = useArranged(sections, kept.layout);
  const final = useMemo(() => finalRows(run.series), [run.series]);
  return (
    <>
      <Toolbar viewport={viewport} smoothing={smoothing} hasOlderAttempts={run.attempt > 1} axes={axes} made={made} kept={kept} />
      <div className={styles.body}>
        <PrintNote />
        <div ref={body}>
          {made.total === 0 && final.length === 0 ? <Notice title={t("noSeries.title")} detail={t("noSeries.text")} /> : null}
          {made.total > 0 && made.found === 0 ? <NothingFound /> : null}
          {shape ? <Sections run={run} axes={axes} viewport={viewport} smoothing={smoothing.weight} shape={shape} kept={kept} made={made} final={final} /> : null}
        </div>
      </div>
    </>
  );
}
