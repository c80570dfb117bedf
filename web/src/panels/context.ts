import type { ChartGroup } from "../charts/group";
import type { ChartLook, FlagMark } from "../charts/scene";
import type { Span } from "../lib/columns";
import type { SeriesShape } from "./plan";
import type { chartQuery } from "./queries";
import type { ChartSettings } from "./settings";

/** A flag for the charts that show one of these series. */
export interface SeriesFlag extends FlagMark {
  readonly series: readonly string[];
}

/** What the charts of a page have in common. */
export interface PanelContext {
  /** The run of lines that name none; null where every line names its own. */
  readonly run: string | null;
  readonly group: ChartGroup;
  readonly look: ChartLook;
  readonly window: Span | null;
  readonly buckets: number;
  /** The attempts whose superseded points are shown. */
  readonly superseded: readonly number[];
  readonly onZoom: (window: Span | null) => void;
  /** Where the columns of lines come from, if not straight from the series: means of groups, differences to a run. */
  readonly source?: typeof chartQuery;
  /** Whether the page itself tells the lines apart, so that no chart has to. */
  readonly namesOutside?: boolean;
  /** How single charts differ from the page, by key. Without `onSettings` a chart keeps this for as long as it is there. */
  readonly settings?: Readonly<Record<string, ChartSettings>>;
  readonly onSettings?: (chart: string, settings: ChartSettings) => void;
  /** The lines that the reader switched off, by chart. Without `onHidden` a chart keeps this for as long as it is there. */
  readonly hidden?: Readonly<Record<string, readonly string[]>>;
  readonly onHidden?: (chart: string, lines: readonly string[]) => void;
  /** What is to be looked at, on the charts of its series. */
  readonly flags?: readonly SeriesFlag[];
  /** The series that may run along x. */
  readonly axes?: readonly SeriesShape[];
  /** Opens a chart over the whole page; without it the chart does so by itself. */
  readonly onFocus?: (chart: string | null) => void;
  /** The address that opens a chart; without it that of the page. */
  readonly linkOf?: (chart: string) => string;
}

/** What a page lets its reader do with the place of a chart. */
export interface PanelLayout {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly isPinned: boolean;
  readonly onSize: (width: number, height: number) => void;
  readonly onPin: () => void;
  readonly onHide: () => void;
  /** Towards the beginning (−1) or the end (1) of its section; null at that end already. */
  readonly onEarlier: (() => void) | null;
  readonly onLater: (() => void) | null;
}
