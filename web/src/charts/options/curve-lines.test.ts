import { expect, test } from "vitest";
import { lineColor } from "../palette";
import { curveColor, curveLines, told, type CurveLine, type CurvePicture } from "./curve-lines";

const line = (id: string, look: CurveLine["look"], color: number | null = 0): CurveLine => ({ id, label: id, x: [0, 1], y: [0.5, Number.NaN], look, color });

const picture: CurvePicture = {
  lines: [line("all", "main", null), line("a", "strong"), line("b", "faint"), line("c", "ghost")],
  xName: "Confidence",
  yName: "F1",
  theme: "light",
  locale: "en",
  xEnds: [0, 1],
  yEnds: [0, 1],
  marks: [{ x: 0.4, label: "best" }],
  stacked: false,
};

function seriesOf(of: CurvePicture): readonly Record<string, unknown>[] {
  const series: Record<string, unknown>[] = JSON.parse(JSON.stringify(curveLines(of).series));
  return series;
}

test("what matters is drawn last, and each look has its stroke", () => {
  const drawn = seriesOf(picture).map(({ name, lineStyle }) => [name, lineStyle]);
  expect(drawn).toEqual([
    ["b", { color: "#5a6472", width: 1, type: "solid", opacity: 0.45 }],
    ["c", { color: lineColor("light", 0), width: 1.25, type: "dashed", opacity: 1 }],
    ["a", { color: lineColor("light", 0), width: 2, type: "solid", opacity: 1 }],
    ["all", { color: "#171b21", width: 2.5, type: "solid", opacity: 1 }],
  ]);
});

test("a mark stands once", () => {
  expect(seriesOf(picture).map(({ markLine }) => markLine !== undefined)).toEqual([true, false, false, false]);
});

test("many faint lines are fainter", () => {
  const many = Array.from({ length: 120 }, (_, at) => line(`f${at}`, "faint"));
  expect(seriesOf({ ...picture, lines: many })[0]?.lineStyle).toMatchObject({ opacity: expect.closeTo(0.08, 5) });
});

test("the tooltip names chosen lines alone, greatest first, and shows names as they are", () => {
  const drawn = [line("<b>", "strong"), line("faint", "faint"), line("all", "main", null)];
  const said = told(picture, drawn, [
    { seriesIndex: 0, value: [0.25, 0.1] },
    { seriesIndex: 1, value: [0.25, 0.9] },
    { seriesIndex: 2, value: [0.25, 0.7] },
  ]);
  expect(said.replace(/<span[^>]*><\/span>/g, "")).toBe("Confidence 0.25<br>all <b>0.7</b><br>&#60;b&#62; <b>0.1</b>");
  expect(told(picture, drawn, [{ seriesIndex: 1, value: [0, 1] }])).toBe("");
});

test("all together has the colour of text", () => {
  expect([curveColor("light", { look: "main", color: null }), curveColor("dark", { look: "ghost", color: null })]).toEqual(["#171b21", "#e6eaef"]);
});
