import type { Span } from "../lib/columns";
import { layoutOf, paintedLines, type Layout, type Painted } from "./options/lines";
import { flagsOf, MARK_PAINT, marksOf, SHADE_OPACITY, shadeOf, traceFlag } from "./options/marks";
import { ink, lineColor, lineDash } from "./palette";
import { pxFromX, type Plot } from "./plot";
import { sceneOf, type ChartLine, type ChartLook, type Scene } from "./scene";
import { traceStroke } from "./shapes";
import { shortened } from "./shorten";
import type { Pen } from "./trace";

/** A chart as it stands on the page, ready to be written as a file. */
export interface Drawing {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly look: ChartLook;
  readonly window: Span | null;
  /** CSS pixels of the chart, without title and legend. */
  readonly width: number;
  readonly height: number;
}

const FONT = "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";
const TITLE_PX = 34;
const ROW_PX = 20;
const PAD_PX = 12;
const KEY_PX = 22;
const CHARACTER_PX = 6.6;
const NAME_MOST = 48; // characters

const escaped = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
const short = (value: number) => String(Math.round(value * 100) / 100);

/** Takes down a path as the text of SVG. */
class PathPen implements Pen {
  private readonly parts: string[] = [];

  moveTo(x: number, y: number): void {
    this.parts.push(`M${short(x)} ${short(y)}`);
  }

  lineTo(x: number, y: number): void {
    this.parts.push(`L${short(x)} ${short(y)}`);
  }

  /** Only whole circles are drawn; the pen already stands at their right. */
  arc(x: number, y: number, radius: number): void {
    const [r, left, right] = [short(radius), short(x - radius), short(x + radius)];
    this.parts.push(`A${r} ${r} 0 1 1 ${left} ${short(y)}A${r} ${r} 0 1 1 ${right} ${short(y)}Z`);
  }

  closePath(): void {
    this.parts.push("Z");
  }

  text(): string {
    return this.parts.join("");
  }
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

function tag(name: string, attributes: Attributes, content = ""): string {
  const said = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [` ${key}="${escaped(String(value))}"`]));
  return content === "" ? `<${name}${said.join("")}/>` : `<${name}${said.join("")}>${content}</${name}>`;
}

const text = (content: string, attributes: Attributes) => tag("text", attributes, escaped(content));

function pathOf({ stroke, paint }: Painted): string {
  const pen = new PathPen();
  traceStroke(pen, stroke);
  const d = pen.text();
  if (d === "") return "";
  const dash = paint.lineDash?.join(" ");
  return tag("path", {
    d,
    fill: paint.fill ?? "none",
    stroke: paint.stroke ?? "none",
    "stroke-width": paint.lineWidth,
    "stroke-dasharray": dash,
    "stroke-linejoin": "round",
    opacity: paint.opacity,
  });
}

function axes({ plot, xTicks, yTicks }: Layout, look: ChartLook): string {
  const colors = ink(look.theme);
  const [right, bottom] = [plot.left + plot.width, plot.top + plot.height];
  const label = { fill: colors.label, "font-size": 11 };
  const rows = yTicks.values.flatMap((value) => {
    const py = plot.top + ((plot.y[1] - value) / (plot.y[1] - plot.y[0])) * plot.height;
    const line = tag("line", { x1: plot.left, x2: right, y1: short(py), y2: short(py), stroke: colors.split });
    return [line, text(yTicks.label(value), { ...label, x: plot.left - 8, y: short(py + 4), "text-anchor": "end" })];
  });
  const columns = xTicks.values.map((value) => text(xTicks.label(value), { ...label, x: short(pxFromX(plot, value)), y: bottom + 18, "text-anchor": "middle" }));
  return [...rows, tag("line", { x1: plot.left, x2: right, y1: bottom, y2: bottom, stroke: colors.axis }), ...columns].join("");
}

function marks(look: ChartLook, plot: Plot): string {
  const { label: color } = ink(look.theme);
  return marksOf(look, plot)
    .map(({ kind, px, label, side }) => {
      const { dash, opacity } = MARK_PAINT[kind];
      const line = tag("line", { x1: px, x2: px, y1: plot.top - 8, y2: plot.top + plot.height, stroke: color, opacity, "stroke-dasharray": dash.join(" ") });
      const at = { x: side === "right" ? px + 4 : px - 4, y: plot.top - 5, fill: color, "font-size": 10 };
      return line + (label === "" ? "" : text(label, { ...at, "text-anchor": side === "right" ? "start" : "end" }));
    })
    .join("");
}

function flags(look: ChartLook, plot: Plot): string {
  const colors = ink(look.theme);
  return flagsOf(look, plot)
    .map((flag) => {
      const color = flag.tone === "info" ? colors.label : colors[flag.tone];
      const pen = new PathPen();
      traceFlag(pen, flag, plot);
      return tag("line", { x1: flag.px, x2: flag.px, y1: plot.top, y2: plot.top + plot.height, stroke: color, opacity: 0.8 }) + tag("path", { d: pen.text(), fill: color });
    })
    .join("");
}

function shade(look: ChartLook, plot: Plot): string {
  const stretch = shadeOf(look, plot);
  return stretch ? tag("rect", { x: short(stretch.px), y: plot.top, width: short(stretch.width), height: plot.height, fill: ink(look.theme).label, opacity: SHADE_OPACITY }) : "";
}

interface Key {
  readonly line: ChartLine;
  readonly name: string;
  readonly x: number;
  readonly row: number;
}

const widthOf = (name: string) => [...name].reduce((sum, character) => sum + (character > "\u2E80" ? 12 : CHARACTER_PX), 0);

/** The names of the lines in rows of a width. */
function keysOf(lines: readonly ChartLine[], width: number): Key[] {
  let [x, row] = [PAD_PX, 0];
  return lines.map((line) => {
    const name = shortened(line.label, NAME_MOST);
    const own = KEY_PX + widthOf(name) + PAD_PX;
    if (x > PAD_PX && x + own > width) [x, row] = [PAD_PX, row + 1];
    const key = { line, name, x, row };
    x += own;
    return key;
  });
}

function legend(keys: readonly Key[], top: number, look: ChartLook): string {
  return keys
    .map(({ line, name, x, row }) => {
      const y = top + row * ROW_PX + ROW_PX / 2;
      const dash = lineDash(line.color, line.dashed).join(" ");
      const stroke = { stroke: lineColor(look.theme, line.color), "stroke-width": 2, "stroke-dasharray": dash === "" ? undefined : dash, opacity: line.faint ? 0.45 : undefined };
      return tag("line", { x1: x, x2: x + 16, y1: y, y2: y, ...stroke }) + text(name, { x: x + KEY_PX, y: y + 4, fill: ink(look.theme).text, "font-size": 12 });
    })
    .join("");
}

function inside(scene: Scene, look: ChartLook, layout: Layout): string {
  const { plot } = layout;
  const clip = tag("clipPath", { id: "plot" }, tag("rect", { x: plot.left, y: plot.top, width: plot.width, height: plot.height }));
  const paths = paintedLines(scene, look, plot).map(pathOf).join("");
  return tag("defs", {}, clip) + axes(layout, look) + shade(look, plot) + tag("g", { "clip-path": "url(#plot)" }, paths) + marks(look, plot) + flags(look, plot);
}

export interface Picture {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** The chart with its title and legend as vectors, in the colours that it has on the page. */
export function pictureOf({ title, lines, look, window, width, height }: Drawing): Picture {
  const scene = sceneOf(lines, look, window);
  const keys = keysOf(lines.filter(({ supersededOf }) => supersededOf === null), width);
  const rows = keys.length > 1 ? (keys.at(-1)?.row ?? 0) + 1 : 0;
  const whole = TITLE_PX + height + rows * ROW_PX + PAD_PX;
  const colors = ink(look.theme);
  const chart = scene ? inside(scene, look, layoutOf(scene, look, { width, height })) : "";
  const content = [
    tag("rect", { width, height: whole, fill: colors.surface }),
    text(title, { x: PAD_PX, y: 22, fill: colors.text, "font-size": 13, "font-weight": 600 }),
    chart === "" ? "" : tag("g", { transform: `translate(0 ${TITLE_PX})` }, chart),
    rows > 0 ? legend(keys, TITLE_PX + height, look) : "",
  ];
  const svg = tag("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: whole, viewBox: `0 0 ${width} ${whole}`, "font-family": FONT }, content.join(""));
  return { svg, width, height: whole };
}
