import styles from "./Chart.module.css";
import type { Chosen, Reading } from "./readout";
import { aligned, shortened } from "./shorten";

const NAME_MOST = 34; // characters: what distinguishes runs stands at both ends of their names
const GAP_PX = 14;
const EDGE_PX = 8;

export interface PanelContent {
  readonly title: string;
  readonly notes: readonly string[];
  readonly chosen: Chosen;
  readonly more: string;
}

export function span(className: string | undefined, text: string): HTMLElement {
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

/** The rows of a readout: swatch, name, what stands aside, value; the line under the pointer is marked. */
export function fillPanel(panel: HTMLElement, { title, notes, chosen, more }: PanelContent): void {
  const { shown, nearest } = chosen;
  const values = aligned(shown.map(({ text }) => text));
  const rows = shown.flatMap((reading, at) => {
    const name = span(styles.readName, shortened(reading.label, NAME_MOST));
    const value = span(styles.readValue, values[at] ?? reading.text);
    const marked = reading === nearest && shown.length > 1;
    for (const part of [name, value]) part.dataset.near = String(marked);
    return [swatch(reading), name, span(styles.readAside, reading.aside), value];
  });
  if (more !== "") rows.push(span(styles.readMore, more));
  panel.replaceChildren(span(styles.readTitle, title), ...notes.map((note) => span(styles.readNote, note)), ...rows);
}

interface Rect {
  readonly left: number;
  readonly top: number;
  readonly bottom: number;
}

export interface PanelPlace {
  readonly host: Rect;
  readonly view: { readonly width: number; readonly height: number };
  readonly panel: { readonly width: number; readonly height: number };
  /** The crosshair, and the top of the plot, in the chart's pixels. */
  readonly px: number;
  readonly py: number;
}

const within = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

/**
 * Where a readout stands, in the chart's pixels: right of the crosshair, else left of it, never under the pointer; on a
 * screen too narrow for either above the chart, or below it. Always within the view.
 */
export function panelPlace({ host, view, panel, px, py }: PanelPlace): { left: number; top: number } {
  const besideTop = within(py, EDGE_PX - host.top, view.height - EDGE_PX - panel.height - host.top);
  if (host.left + px + GAP_PX + panel.width <= view.width - EDGE_PX) return { left: px + GAP_PX, top: besideTop };
  if (host.left + px - GAP_PX - panel.width >= EDGE_PX) return { left: px - GAP_PX - panel.width, top: besideTop };
  const left = within(px - panel.width / 2, EDGE_PX - host.left, view.width - EDGE_PX - panel.width - host.left);
  const fitsAbove = host.top - GAP_PX - panel.height >= EDGE_PX;
  return { left, top: fitsAbove ? -GAP_PX - panel.height : host.bottom - host.top + GAP_PX };
}
