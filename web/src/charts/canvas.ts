import type { Span } from "../lib/columns";
import type { Box, Point } from "./box";
import { listenTo, type GestureTarget } from "./gestures";
import type { ChartGroup } from "./group";
import { layoutOf, type Layout } from "./options/lines";
import { Overlay } from "./overlay";
import { Surface } from "./painter";
import { stretchedWindow, xFromPx, yFromPy, type Plot } from "./plot";
import { snappedX, steppedX } from "./readout";
import { axisKeyOf, endsOf, sceneOf, type ChartLine, type ChartLook, type Scene } from "./scene";

export interface CanvasSpec {
  readonly lines: readonly ChartLine[];
  readonly look: ChartLook;
}

/** What was chosen by hand; null for an axis that stays as it is. */
export interface Zoom {
  readonly x: Span | null;
  readonly y: Span | null;
}

export interface CanvasEvents {
  zoom(zoom: Zoom): void;
  reset(): void;
  /** How many drawn points reach beyond the y axis. */
  outside(count: number): void;
}

interface Drawn {
  readonly scene: Scene;
  readonly look: ChartLook;
  readonly layout: Layout;
}

const within = (value: number, [low, high]: Span) => Math.min(high, Math.max(low, value));

/** One chart outside React: takes what to show, draws when it is its turn, and answers the pointer. */
export class ChartCanvas implements GestureTarget {
  private spec: CanvasSpec | null = null;
  private drawn: Drawn | null = null;
  private visible = true;
  private outdated = false;
  private draws = 0;
  /** What a movement began with, and shows for as long as it lasts where the window is the chart's own. */
  private moved: { readonly plot: Plot; readonly window: Span } | null = null;
  private readonly root: HTMLElement;
  private readonly overlay: Overlay;
  private readonly surface: Surface;
  private readonly stops: (() => void)[];

  constructor(
    { root, holder }: { root: HTMLElement; holder: HTMLElement },
    private readonly group: ChartGroup,
    private readonly chart: string,
    private readonly events: CanvasEvents,
  ) {
    this.root = root;
    this.surface = new Surface(holder);
    this.overlay = new Overlay(root, chart);
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(holder);
    const print = () => this.outdated && this.draw();
    window.addEventListener("beforeprint", print);
    this.stops = [
      listenTo(root, this),
      group.cursor.subscribe(() => this.followCursor()),
      group.shared.subscribe(() => this.redraw()),
      () => sizes.disconnect(),
      () => window.removeEventListener("beforeprint", print),
    ];
  }

  show(spec: CanvasSpec): void {
    if (spec.lines === this.spec?.lines && spec.look === this.spec.look) return;
    this.spec = spec;
    this.group.shared.report(this.chart, axisKeyOf(spec.look), endsOf(spec.lines));
    this.redraw();
  }

  /** What changed off screen is drawn when it comes back. */
  setVisible(visible: boolean): void {
    this.visible = visible;
    if (visible && this.outdated) this.redraw();
    if (!visible) this.overlay.hide();
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    this.group.scheduler.cancel(this.draw);
    this.overlay.dispose();
    this.surface.dispose();
  }

  point(at: Point | null): void {
    const { drawn } = this;
    if (at === null || !drawn) return this.group.cursor.set(null);
    this.setCursor(snappedX(drawn.scene, xFromPx(drawn.layout.plot, at.px)), at.py);
  }

  step(direction: 1 | -1, points: number): void {
    const { drawn } = this;
    if (!drawn) return;
    const at = this.group.cursor.get()?.x ?? drawn.scene.x[direction > 0 ? 0 : 1];
    this.setCursor(steppedX(drawn.scene, at, direction * points), null);
  }

  jump(to: "first" | "last"): void {
    if (this.drawn) this.setCursor(snappedX(this.drawn.scene, this.drawn.scene.x[to === "first" ? 0 : 1]), null);
  }

  selecting(box: Box | null): void {
    if (box && this.drawn) this.overlay.select(box, this.drawn.layout.plot);
    else this.overlay.clearSelection();
  }

  select({ x, y }: Box): void {
    if (!this.drawn) return;
    const { plot } = this.drawn.layout;
    const wide = x && ([within(xFromPx(plot, x[0]), plot.x), within(xFromPx(plot, x[1]), plot.x)] as const);
    const bottom = plot.top + plot.height;
    const high = y && ([yFromPy(plot, Math.min(bottom, y[1])), yFromPy(plot, Math.max(plot.top, y[0]))] as const);
    const zoom = { x: wide && wide[1] > wide[0] ? wide : null, y: high && high[1] > high[0] ? high : null };
    if (zoom.x || zoom.y) this.events.zoom(zoom);
  }

  stretch(from: Span, to: Span): void {
    const plot = this.moved?.plot ?? this.drawn?.layout.plot;
    if (!plot) return;
    const window = stretchedWindow(plot, from, to);
    this.moved = { plot, window };
    if (this.isShared()) this.group.shared.preview(window);
    else this.redraw();
  }

  settle(): void {
    const { moved, spec } = this;
    this.moved = null;
    if (!moved || !spec) return;
    const extent = this.isShared() ? this.group.shared.extent() : endsOf(spec.lines);
    const [low, high] = moved.window;
    if (!extent || low > extent[0] || high < extent[1]) return this.events.zoom({ x: moved.window, y: null });
    this.group.shared.preview(null);
    this.redraw();
    this.events.reset();
  }

  reset(): void {
    this.events.reset();
  }

  private setCursor(x: number, py: number | null): void {
    if (this.drawn) this.group.cursor.set({ x, axis: axisKeyOf(this.drawn.look), chart: this.chart, py });
  }

  private isShared(): boolean {
    return this.spec !== null && this.spec.look.window === undefined;
  }

  private window(look: ChartLook): Span | null {
    if (look.window === undefined) return this.group.shared.window(axisKeyOf(look));
    return this.moved?.window ?? look.window;
  }

  private resize(): void {
    if (this.surface.fit()) this.redraw();
  }

  private redraw(): void {
    this.outdated = true;
    if (this.visible) this.group.scheduler.request(this.draw);
  }

  private readonly draw = (): void => {
    if (!this.spec) return;
    this.outdated = false;
    const { lines, look } = this.spec;
    const scene = sceneOf(lines, look, this.window(look));
    const size = this.surface.size();
    if (!scene || size.width < 40) return this.clear();
    const layout = layoutOf(scene, look, size);
    this.surface.paint({ scene, look, layout });
    this.drawn = { scene, look, layout };
    this.publish(scene);
    this.followCursor();
  };

  private clear(): void {
    this.surface.clear();
    this.drawn = null;
    this.overlay.hide();
    this.publish(null);
  }

  /** What is drawn, readable from outside: on the element, because points never pass through React. */
  private publish(scene: Scene | null): void {
    const { dataset } = this.root;
    this.draws += 1;
    dataset.draws = String(this.draws);
    dataset.points = String(scene?.points ?? 0);
    dataset.total = String(scene?.total ?? 0);
    dataset.superseded = String(scene?.superseded ?? 0);
    dataset.xMin = scene ? String(scene.x[0]) : "";
    dataset.xMax = scene ? String(scene.x[1]) : "";
    dataset.yMin = scene ? String(scene.y[0]) : "";
    dataset.yMax = scene ? String(scene.y[1]) : "";
    this.events.outside(scene?.outside ?? 0);
  }

  private followCursor(): void {
    const cursor = this.group.cursor.get();
    if (!cursor || !this.visible || !this.drawn || cursor.axis !== axisKeyOf(this.drawn.look)) return this.overlay.hide();
    this.overlay.show(cursor, { ...this.drawn, plot: this.drawn.layout.plot });
  }
}
