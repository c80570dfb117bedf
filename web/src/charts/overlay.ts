import { formatX } from "../lib/format";
import type { Cursor } from "./group";
import styles from "./Chart.module.css";
import { pxFromX, type Plot } from "./plot";
import { attemptAt, readingsAt, type Reading } from "./readout";
import type { ChartLook, Scene } from "./scene";

const TOP_VALUES = 10;
const COMPACT_VALUES = 2;
const GAP_PX = 14;
const COMPACT_GAP_PX = 4;
const FLIP_AT = 0.7; // right of this share of the plot the compact values stand left of the crosshair
const EDGE_PX = 8;
const RISE_PX = 2; // above the plot

interface Place {
  readonly px: number;
  readonly py: number;
}

function element(className: string | undefined, parent: HTMLElement): HTMLElement {
  const made = document.createElement("div");
  made.className = className ?? "";
  parent.append(made);
  return made;
}

function span(className: string | undefined, text: string): HTMLElement {
  const made = document.createElement("span");
  made.className = className ?? "";
  made.textContent = text;
  return made;
}

function swatch(reading: Reading): HTMLElement {
  const made = span(styles.swatch, "");
  made.style.borderTopColor = reading.color;
  made.style.borderTopStyle = reading.dashed ? "dashed" : "solid";
  made.dataset.faint = String(reading.faint);
  return made;
}

/** What a chart beside the pointer says: its main lines, not the noise behind them. */
function clearest(readings: readonly Reading[]): Reading[] {
  return readings.filter((reading) => !reading.faint).slice(0, COMPACT_VALUES);
}

/** Crosshair, readout and selection: plain elements moved by transform, because a pointer outruns any re-rendering. */
export class Overlay {
  private readonly line: HTMLElement;
  private readonly panel: HTMLElement;
  private readonly compact: HTMLElement;
  private readonly selection: HTMLElement;

  constructor(
    private readonly host: HTMLElement,
    private readonly chart: string,
  ) {
    this.selection = element(styles.selection, host);
    this.line = element(styles.crosshair, host);
    this.compact = element(styles.compact, host);
    this.panel = element(styles.panel, host);
    this.hide();
  }

  hide(): void {
    for (const part of [this.line, this.panel, this.compact]) part.style.display = "none";
  }

  show(cursor: Cursor, drawn: { scene: Scene; look: ChartLook; plot: Plot }): void {
    const { scene, look, plot } = drawn;
    const px = pxFromX(plot, cursor.x);
    if (!(px >= plot.left - 1 && px <= plot.left + plot.width + 1)) return this.hide();
    const readings = readingsAt(scene, look, cursor.x);
    this.line.style.display = "block";
    this.line.style.height = `${plot.height}px`;
    this.line.style.transform = `translate(${px}px, ${plot.top}px)`;
    const own = cursor.chart === this.chart;
    this.panel.style.display = own && readings.length > 0 ? "grid" : "none";
    this.compact.style.display = own || readings.length === 0 ? "none" : "flex";
    const title = [formatX(cursor.x, look.axis, look.locale), attemptAt(look, cursor.x)].filter((part) => part !== "").join(" · ");
    const at = { px, py: plot.top - RISE_PX };
    if (own) this.fillPanel(readings, title, at);
    else this.fillCompact(clearest(readings), at, px > plot.left + plot.width * FLIP_AT);
  }

  select(fromPx: number, toPx: number, plot: Plot): void {
    const [left, right] = [Math.min(fromPx, toPx), Math.max(fromPx, toPx)];
    this.selection.style.display = "block";
    this.selection.style.height = `${plot.height}px`;
    this.selection.style.width = `${right - left}px`;
    this.selection.style.transform = `translate(${left}px, ${plot.top}px)`;
  }

  clearSelection(): void {
    this.selection.style.display = "none";
  }

  dispose(): void {
    for (const part of [this.line, this.panel, this.compact, this.selection]) part.remove();
  }

  private fillPanel(readings: readonly Reading[], title: string, at: Place): void {
    const rows = readings.slice(0, TOP_VALUES).flatMap((reading) => [
      swatch(reading),
      span(styles.readName, reading.label),
      span(styles.readAside, reading.aside),
      span(styles.readValue, reading.text),
    ]);
    const hidden = readings.length - TOP_VALUES;
    if (hidden > 0) rows.push(span(styles.readMore, `+${hidden}`));
    this.panel.replaceChildren(span(styles.readTitle, title), ...rows);
    this.placePanel(at);
  }

  /** Placed without measuring: reading a size here would lay out the page once for every chart on screen. */
  private fillCompact(readings: readonly Reading[], { px, py }: Place, flipped: boolean): void {
    const values = readings.map((reading) => {
      const value = span(styles.compactValue, reading.text);
      value.style.color = reading.color;
      return value;
    });
    this.compact.replaceChildren(...values);
    const side = flipped ? `calc(-100% - ${COMPACT_GAP_PX}px)` : `${COMPACT_GAP_PX}px`;
    this.compact.style.transform = `translate(${px}px, ${py}px) translateX(${side})`;
  }

  /** Right of the crosshair, or left of it where the right has no room. */
  private placePanel({ px, py }: Place): void {
    const host = this.host.getBoundingClientRect();
    const room = document.documentElement.clientWidth - EDGE_PX - host.left - px - GAP_PX;
    const width = this.panel.offsetWidth;
    const left = room >= width ? px + GAP_PX : Math.max(EDGE_PX - host.left, px - GAP_PX - width);
    this.panel.style.transform = `translate(${left}px, ${py}px)`;
  }
}
