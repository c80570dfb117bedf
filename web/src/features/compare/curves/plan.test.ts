import { expect, test } from "vitest";
import type { SharedSeries } from "../../../panels/shared-series";
import { bucketsFor } from "../../../panels/plan";
import { familiesOf, isFound } from "./plan";

const series = (name: string, family: string, share = 1): SharedSeries => ({ name, family, unit: "", direction: "none", title: { en: name, zh: name }, share });
const voices = [{ id: "a", label: "one", color: 0 }, { id: "b", label: "two", color: 7 }];

test("metrics come first, mAP before all, what every run has before what some have, and the last evaluation is no curve", () => {
  const found = familiesOf(
    [series("time/x", "time"), series("metrics/rare", "metric", 0.5), series("metrics/z", "metric"), series("metrics/mAP50", "metric"), series("final/metrics/mAP50", "other")],
    voices,
    { find: "", against: false },
  );
  expect(found.map(({ id, charts }) => [id, charts.map(({ key }) => key)])).toEqual([
    ["metric", ["metrics/mAP50", "metrics/z", "metrics/rare"]],
    ["time", ["time/x"]],
  ]);
});

test("every chart has a line for each voice, in its colour", () => {
  const [family] = familiesOf([series("metrics/mAP50", "metric")], voices, { find: "", against: true });
  expect(family?.charts[0]?.lines.map(({ run, color, unit }) => [run, color, unit])).toEqual([["a", 0, "Δ%"], ["b", 7, "Δ%"]]);
});

test("all words have to stand in the name or a title", () => {
  const info = { name: "val/box_loss", title: { en: "Box loss", zh: "边框损失" } };
  expect([isFound(info, "val box"), isFound(info, "边框"), isFound(info, "val cls"), isFound(info, "")]).toEqual([true, true, false, true]);
});

test("many lines ask for fewer buckets each", () => {
  expect([bucketsFor(400, 2), bucketsFor(400, 100), bucketsFor(400, 1000)]).toEqual([400, 240, 60]);
});
