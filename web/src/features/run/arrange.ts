import { inOrder, PINNED, type ChartLayout } from "../../panels/layout";
import type { Matcher } from "../../panels/matcher";
import type { ChartPlan } from "../../panels/plan";
import type { SectionId, SectionPlan } from "./derive";

export interface ArrangedSection {
  readonly id: SectionId | typeof PINNED;
  readonly charts: readonly ChartPlan[];
  /** Keys of its charts that are hidden. */
  readonly hidden: readonly string[];
}

export interface Arranged {
  readonly sections: readonly ArrangedSection[];
  /** Charts that the search found, of all there are. */
  readonly found: number;
  readonly total: number;
}

/** The texts in which a chart is looked for. */
export function textsOf({ key, title, lines }: ChartPlan, titleOf: (plan: Pick<ChartPlan, "title">) => string): string[] {
  return [titleOf({ title }), key, ...lines.flatMap(({ name, label }) => [name, label.en, label.zh])];
}

/**
 * The sections as they are shown: pinned charts first, each section in the reader's order, without what is hidden or not
 * searched for. A search also finds what is hidden.
 */
export function arranged(
  sections: readonly SectionPlan[],
  layout: ChartLayout,
  search: { matcher: Matcher; titleOf: (plan: Pick<ChartPlan, "title">) => string },
): Arranged {
  const { matcher, titleOf } = search;
  const isSearch = matcher.kind !== "all";
  const hidden = new Set(layout.hidden);
  const all = sections.flatMap(({ charts }) => charts);
  const byKey = new Map(all.map((plan) => [plan.key, plan]));
  const isFound = (plan: ChartPlan) => !isSearch || matcher.matches(textsOf(plan, titleOf));
  const isShown = (plan: ChartPlan) => isFound(plan) && (isSearch || !hidden.has(plan.key));
  const pins = layout.pinned.flatMap((key) => byKey.get(key) ?? []);
  const pinned: ArrangedSection = { id: PINNED, charts: pins.filter(isShown), hidden: hiddenOf(pins, hidden, isSearch) };
  const families = sections.map(({ id, charts }): ArrangedSection => {
    const own = charts.filter(({ key }) => !layout.pinned.includes(key));
    const ordered = inOrder(own.map(({ key }) => key), layout.order[id] ?? []).flatMap((key) => byKey.get(key) ?? []);
    return { id, charts: ordered.filter(isShown), hidden: hiddenOf(own, hidden, isSearch) };
  });
  return { sections: [pinned, ...families], found: all.filter(isFound).length, total: all.length };
}

const hiddenOf = (charts: readonly ChartPlan[], hidden: ReadonlySet<string>, isSearch: boolean) =>
  isSearch ? [] : charts.flatMap(({ key }) => (hidden.has(key) ? [key] : []));
