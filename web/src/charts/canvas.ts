import type { ECharts } from "echarts/core";
import type { Span } from "../lib/columns";
import { listenTo, type GestureTarget } from "./gestures";
import type { ChartGroup } from "./group";
import { layoutOf, linesOption, type Layout } from "./options/lines";
import { Overlay } from "./overlay";
import { xFromPx } from "./plot";
import { snappedX, steppedX } from "./readout";
import { endsOf, sceneOf, type ChartLine, type ChartLook, type Scene } from "./scene";

export interface CanvasSpec {
  readonly lines: readonly ChartLine[];
  readonly look: ChartLook;
}

export interface CanvasEvents {
  zoom(window: Span): void;
  reset(): void;
}

interface Drawn {
  readonly scene: Scene;
  readonly look: ChartLook;
  readonly layout: Layout;
}

/** One chart outside React: takes what to show, draws when it is its turn, and answers the pointer. */
export class ChartCanvas implements GestureTarget {
  private spec: CanvasSpec | null = null;
  private drawn: Drawn | null = null;
  private visible = true;
  private outdated = false;
  private readonly root: HTMLElement;
  private readonly overlay: Overlay;
  private readonly stops: (() => void)[];

  constructor(
    { root, holder }: { root: HTMLElement; holder: HTMLElement },
    private readonly echart: ECharts,
    private readonly group: ChartGroup,
    private readonly chart: string,
    private readonly events: CanvasEvents,
  ) {
    this.root = root;
    this.overlay = new Overlay(root, chart);
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(holder);
    this.stops = [
      listenTo(root, this),
      group.cursor.subscribe(() => this.followCursor()),
      group.shared.subscribe(() => this.redraw()),
      () => sizes.disconnect(),
    ];
  }

  show(spec: CanvasSpec): void {
    if (spec.lines === this.spec?.lines && spec.look === this.spec.look) return;
    this.spec = spec;
    this.group.shared.report(this.chart, spec.look.axis, endsOf(spec.lines));
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
    this.echart.dispose();
  }

  point(px: number | null): void {
    const { drawn } = this;
    if (px === null || !drawn) return this.group.cursor.set(null);
    const x = snappedX(drawn.scene, xFromPx(drawn.layout.plot, px));
    this.group.cursor.set({ x, axis: drawn.look.axis, chart: this.chart });
  }

  step(direction: 1 | -1): void {
    const { drawn } = this;
    if (!drawn) return;
    const at = this.group.cursor.get()?.x ?? drawn.scene.x[direction > 0 ? 0 : 1];
    this.group.cursor.set({ x: steppedX(drawn.scene, at, direction), axis: drawn.look.axis, chart: this.chart });
  }

  selecting(span: Span | null): void {
    if (span && this.drawn) this.overlay.select(span[0], span[1], this.drawn.layout.plot);
    else this.overlay.clearSelection();
  }

  select([from, to]: Span): void {
    if (!this.drawn) return;
    const { plot } = this.drawn.layout;
    const inside = (px: number) => Math.min(plot.x[1], Math.max(plot.x[0], xFromPx(plot, px)));
    if (inside(to) > inside(from)) this.events.zoom([inside(from), inside(to)]);
  }

  reset(): void {
    this.events.reset();
  }

  private resize(): void {
    this.echart.resize();
    this.redraw();
  }

  private redraw(): void {
    this.outdated = true;
    if (this.visible) this.group.scheduler.request(this.draw);
  }

  private readonly draw = (): void => {
    if (!this.spec) return;
    this.outdated = false;
    const { lines, look } = this.spec;
    const scene = sceneOf(lines, look, this.group.shared.window());
    const size = { width: this.echart.getWidth(), height: this.echart.getHeight() };
    if (!scene || size.width < 40) return this.clear();
    const layout = layoutOf(scene, look, size);
    this.echart.setOption(linesOption(scene, look, layout), { silent: true });
    this.drawn = { scene, look, layout };
    this.publish(scene);
    this.followCursor();
  };

  private clear(): void {
    this.echart.clear();
    this.drawn = null;
    this.overlay.hide();
    this.publish(null);
  }

  /** What is drawn, readable from outside: on the element, because points never pass through React. */
  private publish(scene: Scene | null): void {
    const { dataset } = this.root;
    dataset.points = String(scene?.points ?? 0);
    dataset.total = String(scene?.total ?? 0);
    dataset.superseded = String(scene?.superseded ?? 0);
    dataset.xMin = scene ? String(scene.x[0]) : "";
    dataset.xMax = scene ? String(scene.x[1]) : "";
  }

  private followCursor(): void {
    const cursor = this.group.cursor.get();
    if (!cursor || !this.visible || !this.drawn || cursor.axis !== this.drawn.look.axis) return this.overlay.hide();
    this.overlay.show(cursor, { ...this.drawn, plot: this.drawn.layout.plot });
  }
}
