import { EMPTY_LAYOUT, layoutFrom, shortOrder, type ChartLayout } from "../../panels/layout";
import type { SectionPlan } from "./derive";

/** An arrangement of charts in the address: what was chosen of it, a size as "2x3" for two columns and the third height. */
export interface ArrangedSearch {
  readonly sizes?: Readonly<Record<string, string>>;
  readonly order?: Readonly<Record<string, readonly string[]>>;
  readonly pinned?: readonly string[];
  readonly hidden?: readonly string[];
}

/** "usual": nothing is arranged, whatever the reader's browser remembers. */
export type LayoutSearch = ArrangedSearch | "usual";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

function sizeFrom(text: unknown): unknown {
  const [width, height] = typeof text === "string" ? text.split("x").map(Number) : [];
  return { width, height };
}

function layoutFromFields(raw: Fields): ChartLayout {
  const sizes = Object.entries(isFields(raw.sizes) ? raw.sizes : {}).map(([key, size]) => [key, sizeFrom(size)]);
  return layoutFrom({ ...raw, sizes: Object.fromEntries(sizes) });
}

/** The arrangement that the address says. */
export const layoutOf = (search: LayoutSearch): ChartLayout => (search === "usual" ? EMPTY_LAYOUT : layoutFromFields({ ...search }));

const some = <T extends object>(value: T): T | undefined => (Object.keys(value).length > 0 ? value : undefined);

function searchFrom({ sizes, order, pinned, hidden }: ChartLayout): ArrangedSearch | undefined {
  const texts = Object.entries(sizes).map(([key, { width, height }]) => [key, `${width}x${height}`]);
  const orders = Object.entries(order).filter(([, keys]) => keys.length > 0);
  const parts = { sizes: some(Object.fromEntries(texts)), order: some(Object.fromEntries(orders)), pinned: some(pinned), hidden: some(hidden) };
  return some(Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)));
}

/** Keeps what is understood; undefined for nothing. */
export function parseLayoutSearch(raw: unknown): LayoutSearch | undefined {
  if (raw === "usual") return raw;
  return isFields(raw) ? searchFrom(layoutFromFields(raw)) : undefined;
}

/** What the address has to say for these sections to stand like that; undefined for nothing. */
export function searchOfLayout(layout: ChartLayout, sections: readonly SectionPlan[]): LayoutSearch | undefined {
  const order = Object.entries(layout.order).map(([id, chosen]) => {
    const charts = sections.find((one) => one.id === id)?.charts ?? [];
    const keys = charts.map(({ key }) => key).filter((key) => !layout.pinned.includes(key));
    return [id, shortOrder(keys, chosen)];
  });
  return searchFrom({ ...layout, order: Object.fromEntries(order) });
}
