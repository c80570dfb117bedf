import type { Span } from "../../lib/columns";
import { PINNED } from "../../panels/layout";
import { parseChartSearch, type ChartSearch } from "./chart-search";
import { parseClassesSearch, type ClassesSearch } from "./classes/search";
import { SECTIONS, type SectionId } from "./derive";
import { parseItemsSearch, type ItemsSearch } from "./items-search";
import { parseLayoutSearch, type LayoutSearch } from "./layout-search";
import { TAB_IDS, type TabId } from "./tab-ids";

/** What the address holds beside the run: the whole view, so that a copied link shows the same. */
export interface RunSearch extends ChartSearch {
  readonly tab?: TabId;
  /** Whether points are shown that a later attempt took the place of. */
  readonly superseded?: true;
  readonly from?: number;
  readonly to?: number;
  readonly closed?: readonly ClosedId[];
  /** How the charts are arranged; without it as this browser remembers. */
  readonly layout?: LayoutSearch;
  /** What the tab of classes shows. */
  readonly classes?: ClassesSearch;
  /** What the tabs of pictures, of the model's inside and of files show. */
  readonly items?: ItemsSearch;
}

export type ClosedId = SectionId | typeof PINNED;

const CLOSABLE: readonly ClosedId[] = [PINNED, ...SECTIONS];

const finite = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

/** Keeps what is understood; anything else in the address falls back to the default. */
export function parseRunSearch(raw: Record<string, unknown>): RunSearch {
  const tab = TAB_IDS.find((one) => one === raw.tab);
  const [from, to] = [finite(raw.from), finite(raw.to)];
  const listed: unknown[] = Array.isArray(raw.closed) ? raw.closed : [];
  const closed = CLOSABLE.filter((id) => listed.includes(id));
  const layout = parseLayoutSearch(raw.layout);
  const classes = parseClassesSearch(raw.classes);
  const items = parseItemsSearch(raw.items);
  return {
    ...(tab ? { tab } : {}),
    ...parseChartSearch(raw),
    ...(raw.superseded === true ? { superseded: raw.superseded } : {}),
    ...(from !== undefined && to !== undefined && from < to ? { from, to } : {}),
    ...(closed.length > 0 ? { closed } : {}),
    ...(layout ? { layout } : {}),
    ...(classes ? { classes } : {}),
    ...(items ? { items } : {}),
  };
}

export function windowOf({ from, to }: RunSearch): Span | null {
  return from === undefined || to === undefined ? null : [from, to];
}
