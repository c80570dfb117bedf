import { expect, test } from "vitest";
import type { Columns } from "../lib/columns";
import { csvOf } from "./csv";
import { ink, lineColor } from "./palette";
import type { ChartLine, ChartLook } from "./scene";
import { pictureOf } from "./svg";

const look: ChartLook = { axis: "step", log: false, smoothing: 0, theme: "dark", locale: "en", attempts: [] };

function line(name: string, label: string, mean: number[], color = 0): ChartLine {
  const [x, y] = [Float64Array.from(mean, (_, i) => i * 10), Float64Array.from(mean)];
  const columns: Columns = { run: "r1", name, total: mean.length, xAxis: "step", x, xEnd: x, min: y, max: y, mean: y, count: x.map(() => 1), nan: x.map(() => 0) };
  return { id: name, name, label, color, dashed: false, faint: false, unit: "", supersededOf: null, columns };
}

const drawing = { title: "Box loss <train>", look, window: null, width: 400, height: 200 };

test("the picture holds title, lines, ticks and legend in the theme's colours", () => {
  const { svg, width, height } = pictureOf({ ...drawing, lines: [line("a", "划痕/轻微 (A)", [1, 2, 3]), line("b", 'b & "c"', [3, 2, 1], 21)] });
  expect([width, height]).toEqual([400, 34 + 200 + 20 + 12]);
  expect(svg).toContain(`fill="${ink("dark").surface}"`);
  expect(svg).toContain(">Box loss &lt;train&gt;</text>");
  expect(svg).toContain(">划痕/轻微 (A)</text>");
  expect(svg).toContain(">b &amp; &quot;c&quot;</text>");
  expect(svg).toContain(`stroke="${lineColor("dark", 0)}"`);
  expect(svg).toContain(`stroke="${lineColor("dark", 1)}" stroke-width="1.5" stroke-dasharray="7 3"`);
  expect(svg).toMatch(/<path d="M[\d.]+ [\d.]+L[\d.]+ [\d.]+L[\d.]+ [\d.]+" fill="none"/);
});

test("it is well formed, and a line alone has no legend", () => {
  const { svg, height } = pictureOf({ ...drawing, lines: [line("a", "a", [1, 2])] });
  expect(height).toBe(34 + 200 + 12);
  const [opened, closed, alone] = [svg.match(/<[a-zA-Z]+/g), svg.match(/<\/[a-zA-Z]+>/g), svg.match(/\/>/g)].map((found) => found?.length ?? 0);
  expect(opened).toBe((closed ?? 0) + (alone ?? 0));
});

test("without points there is the title still", () => {
  expect(pictureOf({ ...drawing, lines: [] }).svg).toContain("Box loss");
});

test("the table holds the drawn buckets of the window", () => {
  expect(csvOf([line("train/box_loss", "x", [1, NaN, 3])], "step", [5, 15])).toBe(
    "run,series,x_axis,x,x_end,min,mean,max,count,nan\r\nr1,train/box_loss,step,10,10,NaN,NaN,NaN,1,0\r\n",
  );
});

test("a name is no formula, and keeps its commas", () => {
  expect(csvOf([line("=cmd,1", "x", [1])], "step", null).split("\r\n")[1]).toBe(`r1,"'=cmd,1",step,0,0,1,1,1,1,0`);
});
