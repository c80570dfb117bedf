import { useTranslation } from "react-i18next";
import type { PanelContext } from "../../panels/ChartPanel";
import { PINNED, sizeOf, type ChartLayout } from "../../panels/layout";
import { DownIcon } from "../../ui/icons";
import type { ArrangedSection } from "./arrange";
import styles from "./ChartSections.module.css";
import type { FinalRow } from "./final";
import { FinalTable } from "./FinalTable";
import { route, useViewChange } from "./route";
import { Tile, type TileActions } from "./Tile";
import { hasNumberedClasses } from "./withheld";
import { WithheldNote } from "./WithheldNote";

interface SectionProps {
  readonly plan: ArrangedSection;
  readonly context: PanelContext;
  readonly layout: ChartLayout;
  readonly columns: number;
  /** What is shown as a table before the charts. */
  readonly final: readonly FinalRow[];
  readonly dragged: string | null;
  readonly actions: TileActions;
  readonly onShowHidden: (keys: readonly string[]) => void;
}

function useSectionName(id: ArrangedSection["id"]): string {
  const { t } = useTranslation(["run", "panels"]);
  return id === PINNED ? t("panels:section.pinned") : t(`run:sections.${id}`);
}

/** The name of a section, which folds it, and how many of its charts are hidden. */
function SectionBar({ plan, isOpen, onShowHidden }: { plan: ArrangedSection; isOpen: boolean; onShowHidden: (keys: readonly string[]) => void }) {
  const { t } = useTranslation(["run", "panels"]);
  const change = useViewChange();
  const { closed = [] } = route.useSearch();
  const name = useSectionName(plan.id);
  function toggle(): void {
    const next = isOpen ? [...closed, plan.id] : closed.filter((id) => id !== plan.id);
    change({ closed: next.length > 0 ? next : undefined });
  }
  return (
    <div className={styles.bar}>
      <h2 className={styles.heading} id={`section-${plan.id}`}>
        <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={toggle}>
          <DownIcon />
          {name}
          <span className={styles.count}>{t("run:sectionCount", { count: plan.charts.length })}</span>
        </button>
      </h2>
      {plan.hidden.length > 0 ? (
        <button
          type="button"
          className={styles.hidden}
          title={t("panels:section.showHidden", { count: plan.hidden.length })}
          data-testid={`hidden-${plan.id}`}
          onClick={() => onShowHidden(plan.hidden)}
        >
          {t("panels:section.hidden", { count: plan.hidden.length })}
        </button>
      ) : null}
    </div>
  );
}

/** Charts of one family. A small family shares its row with the next. */
export function Section({ plan, context, layout, columns, final, dragged, actions, onShowHidden }: SectionProps) {
  const { closed = [] } = route.useSearch();
  const sizes = plan.charts.map(({ key }) => sizeOf(layout, key, columns));
  const wanted = sizes.reduce((sum, { width }) => sum + width, Math.min(1, final.length));
  const span = Math.min(columns, Math.max(1, wanted));
  const isOpen = !closed.includes(plan.id);
  return (
    <section className={styles.section} style={{ gridColumn: `span ${span}` }} aria-labelledby={`section-${plan.id}`}>
      <SectionBar plan={plan} isOpen={isOpen} onShowHidden={onShowHidden} />
      {isOpen ? (
        <div className={styles.grid} style={{ gridTemplateColumns: `repeat(${span}, minmax(0, 1fr))` }}>
          {final.length > 0 ? <FinalTable rows={final} /> : null}
          {plan.charts.map((chart, at) => (
            <Tile
              key={chart.key}
              plan={chart}
              context={context}
              section={plan.id}
              width={sizes[at]?.width ?? 1}
              height={sizes[at]?.height ?? 1}
              columns={columns}
              isPinned={layout.pinned.includes(chart.key)}
              isFirst={at === 0}
              isLast={at === plan.charts.length - 1}
              isDragged={dragged === chart.key}
              actions={actions}
            />
          ))}
        </div>
      ) : null}
      {isOpen && hasNumberedClasses(plan) ? <WithheldNote what="classes" /> : null}
    </section>
  );
}
