import { expect, test } from "vitest";
import type { Columns } from "../lib/columns";
import { layoutOf } from "./options/lines";
import { paintChart, type Brush } from "./painter";
import { ink, lineColor } from "./palette";
import { sceneOf, type ChartLine, type ChartLook } from "./scene";

const SIZE = { width: 400, height: 200 };
const x = Float64Array.from({ length: 50 }, (_, i) => i * 100);
const mean = Float64Array.from(x, (_, i) => 1 + i / 50);
const columns: Columns = { run: "r", name: "loss", total: 50, xAxis: "step", x, xEnd: x, min: mean, max: mean, mean, count: mean, nan: new Float64Array(50) };
const line: ChartLine = { id: "loss", name: "loss", label: "loss", color: 0, dashed: false, faint: false, unit: "", supersededOf: null, columns };
const plain: ChartLook = { axis: "step", log: false, smoothing: 0, theme: "light", locale: "en", attempts: [] };

interface Stroke {
  readonly color: unknown;
  readonly clipped: boolean;
  readonly points: number;
}

/** Notes what a canvas would be told. */
class Recorder {
  readonly texts: { text: string; left: number; right: number; y: number }[] = [];
  readonly strokes: Stroke[] = [];
  font = "";
  fillStyle: Brush["fillStyle"] = "";
  strokeStyle: Brush["strokeStyle"] = "";
  lineWidth = 1;
  lineJoin: CanvasLineJoin = "miter";
  globalAlpha = 1;
  textAlign: CanvasTextAlign = "left";
  textBaseline: CanvasTextBaseline = "top";
  private points = 0;
  private clips = [0];

  beginPath = (): void => void (this.points = 0);
  moveTo = (): void => void (this.points += 1);
  lineTo = (): void => void (this.points += 1);
  arc = (): void => undefined;
  closePath = (): void => undefined;
  rect = (): void => undefined;
  clip = (): void => void this.clips.push((this.clips.pop() ?? 0) + 1);
  save = (): void => void this.clips.push(this.clips.at(-1) ?? 0);
  restore = (): void => void this.clips.pop();
  fill = (): void => undefined;
  setLineDash = (): void => undefined;
  stroke = (): void => void this.strokes.push({ color: this.strokeStyle, clipped: (this.clips.at(-1) ?? 0) > 0, points: this.points });
  measureText = (text: string): TextMetrics => ({ ...NO_METRICS, width: text.length * 6 });

  fillText = (text: string, px: number, y: number): void => {
    const width = text.length * 6;
    const left = this.textAlign === "center" ? px - width / 2 : this.textAlign === "right" ? px - width : px;
    this.texts.push({ text, left, right: left + width, y });
  };
}

const NO_METRICS: TextMetrics = {
  width: 0, actualBoundingBoxAscent: 0, actualBoundingBoxDescent: 0, actualBoundingBoxLeft: 0, actualBoundingBoxRight: 0, alphabeticBaseline: 0,
  emHeightAscent: 0, emHeightDescent: 0, fontBoundingBoxAscent: 0, fontBoundingBoxDescent: 0, hangingBaseline: 0, ideographicBaseline: 0,
};

function painted(look: ChartLook = plain, size = SIZE): Recorder {
  const scene = sceneOf([line], look, null);
  if (!scene) throw new Error("the line has points");
  const recorder = new Recorder();
  paintChart(recorder, { scene, look, layout: layoutOf(scene, look, size) }, size, "sans-serif");
  return recorder;
}

test("a line is painted with every point, inside the plot alone; the axes are not cut", () => {
  const { strokes } = painted();
  expect(strokes.filter(({ color }) => color === lineColor("light", 0))).toEqual([{ color: lineColor("light", 0), clipped: true, points: 50 }]);
  expect(strokes.filter(({ color }) => color === ink("light").axis)).toEqual([{ color: ink("light").axis, clipped: false, points: 2 }]);
});

test("ticks are written beside their axes, none over another, none beyond the edge", () => {
  for (const width of [120, 180, 400, 900]) {
    const { texts } = painted(plain, { width, height: 200 });
    const below = texts.filter(({ y }) => y > 180).toSorted((a, b) => a.left - b.left);
    expect(below.length).toBeGreaterThan(1);
    below.slice(1).forEach((one, at) => expect(one.left).toBeGreaterThan(below[at]?.right ?? Infinity));
    for (const { right } of texts) expect(right).toBeLessThanOrEqual(width);
  }
});

test("the beginning of an attempt has its line and its name", () => {
  const attempts = [-Infinity, 2000].map((at, index) => ({ x: at, label: `attempt ${index + 1}` }));
  const { texts, strokes } = painted({ ...plain, attempts });
  expect(texts.map(({ text }) => text)).toContain("attempt 2");
  expect(strokes.filter(({ color }) => color === ink("light").label)).toHaveLength(1);
});
