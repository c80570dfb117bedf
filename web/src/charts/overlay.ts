import { formatQuantity, formatX } from "../lib/format";
import type { Box } from "./box";
import styles from "./Chart.module.css";
import type { Cursor } from "./group";
import { pxFromX, type Plot } from "./plot";
import { attemptAt, chosen, readingsAt, stagesAt, type Reading } from "./readout";
import { fillPanel, panelPlace, span } from "./readout-panel";
import type { ChartLook, Scene } from "./scene";

const TOP_VALUES = 10;
const COMPACT_VALUES = 2;
const COMPACT_GAP_PX = 4;
const FLIP_AT = 0.7; // right of this share of the plot the compact values stand left of the crosshair
const RISE_PX = 2; // above the plot
const STAGE_REACH_PX = 8;

export interface Drawn {
  readonly scene: Scene;
  readonly look: ChartLook;
  readonly plot: Plot;
}

function element(className: string | undefined, parent: HTMLElement): HTMLElement {
  const made = document.createElement("div");
  made.className = className ?? "";
  parent.append(made);
  return made;
}

/** What a chart beside the pointer says: its main lines, not the noise behind them. */
function clearest(readings: readonly Reading[]): Reading[] {
  return readings.filter((reading) => !reading.faint).slice(0, COMPACT_VALUES);
}

function xText(x: number, { axis, against, locale, words }: ChartLook): string {
  if (against) return `${against.label} ${formatQuantity(x, against.unit, locale)}`;
  const value = formatX(x, axis, locale);
  return words?.at(axis, value) ?? value;
}

/** Crosshair, readout and selection: plain elements moved by transform, because a pointer outruns any re-rendering. */
export class Overlay {
  private readonly line: HTMLElement;
  private readonly dot: HTMLElement;
  private readonly panel: HTMLElement;
  private readonly compact: HTMLElement;
  private readonly selection: HTMLElement;

  constructor(
    private readonly host: HTMLElement,
    private readonly chart: string,
  ) {
    this.selection = element(styles.selection, host);
    this.line = element(styles.crosshair, host);
    this.dot = element(styles.dot, host);
    this.compact = element(styles.compact, host);
    this.panel = element(styles.panel, host);
    this.hide();
  }

  hide(): void {
    for (const part of [this.line, this.dot, this.panel, this.compact]) part.style.display = "none";
  }

  show(cursor: Cursor, drawn: Drawn): void {
    const { scene, look, plot } = drawn;
    const px = pxFromX(plot, cursor.x);
    if (!(px >= plot.left - 1 && px <= plot.left + plot.width + 1)) return this.hide();
    const readings = readingsAt(scene, look, plot, cursor.x);
    this.line.style.display = "block";
    this.line.style.height = `${plot.height}px`;
    this.line.style.transform = `translate(${px}px, ${plot.top}px)`;
    const own = cursor.chart === this.chart;
    this.panel.style.display = own && readings.length > 0 ? "grid" : "none";
    this.compact.style.display = own || readings.length === 0 ? "none" : "flex";
    if (own) this.read(cursor, drawn, readings);
    else this.fillCompact(clearest(readings), { px, py: plot.top - RISE_PX }, px > plot.left + plot.width * FLIP_AT);
    if (!own) this.dot.style.display = "none";
  }

  select(box: Box, plot: Plot): void {
    const [left, right] = box.x ?? [plot.left, plot.left + plot.width];
    const [top, bottom] = box.y ?? [plot.top, plot.top + plot.height];
    this.selection.style.display = "block";
    this.selection.style.height = `${bottom - top}px`;
    this.selection.style.width = `${right - left}px`;
    this.selection.style.transform = `translate(${left}px, ${top}px)`;
  }

  clearSelection(): void {
    this.selection.style.display = "none";
  }

  dispose(): void {
    for (const part of [this.line, this.dot, this.panel, this.compact, this.selection]) part.remove();
  }

  /** The whole readout, beside the pointer. */
  private read(cursor: Cursor, { look, plot }: Drawn, readings: readonly Reading[]): void {
    const picked = chosen(readings, TOP_VALUES, cursor.py);
    const perPx = (plot.x[1] - plot.x[0]) / plot.width;
    const title = [xText(cursor.x, look), attemptAt(look, cursor.x)].filter((part) => part !== "").join(" · ");
    const notes = stagesAt(look, cursor.x, STAGE_REACH_PX * perPx);
    fillPanel(this.panel, { title, notes, chosen: picked, more: picked.more > 0 ? (look.words?.more(picked.more) ?? `+${picked.more}`) : "" });
    this.placeDot(picked.nearest, plot);
    const size = { width: this.panel.offsetWidth, height: this.panel.offsetHeight };
    const view = { width: document.documentElement.clientWidth, height: window.innerHeight };
    const at = { px: pxFromX(plot, cursor.x), py: plot.top - RISE_PX };
    const { left, top } = panelPlace({ host: this.host.getBoundingClientRect(), view, panel: size, ...at });
    this.panel.style.transform = `translate(${left}px, ${top}px)`;
  }

  /** A dot on the line that the readout marks. */
  private placeDot(nearest: Reading | null, plot: Plot): void {
    const inside = nearest && nearest.py >= plot.top && nearest.py <= plot.top + plot.height;
    this.dot.style.display = inside ? "block" : "none";
    if (!inside) return;
    this.dot.style.background = nearest.color;
    this.dot.style.transform = `translate(${nearest.px}px, ${nearest.py}px)`;
  }

  /** Placed without measuring: reading a size here would lay out the page once for every chart on screen. */
  private fillCompact(readings: readonly Reading[], { px, py }: { px: number; py: number }, flipped: boolean): void {
    const values = readings.map((reading) => {
      const value = span(styles.compactValue, reading.text);
      value.style.color = reading.color;
      return value;
    });
    this.compact.replaceChildren(...values);
    const side = flipped ? `calc(-100% - ${COMPACT_GAP_PX}px)` : `${COMPACT_GAP_PX}px`;
    this.compact.style.transform = `translate(${px}px, ${py}px) translateX(${side})`;
  }
}
