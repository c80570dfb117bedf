import { expect, test } from "vitest";
import type { SharedSeries } from "../../panels/shared-series";
import { chartsOf, colorsOf, seriesOf, tableMetrics } from "./plan";
import { parseBoardSearch } from "./search";
import { moved, NEW_BOARD, savedState, sortOf, stateOf } from "./state";
import { fromTemplate } from "./templates";

const series = (name: string, more: Partial<SharedSeries> = {}): SharedSeries => ({
  name, family: "metric", unit: "", direction: "higher", title: { en: name, zh: name }, share: 1, ...more,
});

const ALL = ["class/划痕/轻微 (A)/AP50", "class/dent/AP50", "class/dent/AP", "metrics/mAP50", "lr/2", "lr/10"].map((name) => series(name));

test("what is saved comes back, and what is not understood falls back", () => {
  const state = { ...NEW_BOARD, where: 'state == "running"', limit: 20, best: { metric: "metrics/mAP50", lower: false }, charts: ["lr/*"], columns: 3, own: { "lr/2": "log" } };
  expect(stateOf(savedState(state))).toEqual(state);
  expect(stateOf({ version: 9, limit: 900, charts: ["a", 1, "", "a"], x: "years", smoothing: 7, columns: 0, best: {}, own: { a: 1 }, where: null })).toEqual({
    ...NEW_BOARD, limit: 50, charts: ["a"], smoothing: 0.99,
  });
});

test("the order of runs is written as the server reads it", () => {
  expect([
    sortOf({ best: null }),
    sortOf({ best: { metric: "metrics/mAP50-95", lower: false } }),
    sortOf({ best: { metric: "class/traffic light/AP50", lower: true } }),
  ]).toEqual(["-created", "-best(metrics/mAP50-95)", "best(`class/traffic light/AP50`)"]);
});

test("a chart goes up and down and stops at the ends", () => {
  expect([moved(["a", "b", "c"], "c", -1), moved(["a", "b", "c"], "a", -1), moved(["a", "b", "c"], "a", 9)]).toEqual([
    ["a", "c", "b"],
    ["a", "b", "c"],
    ["b", "c", "a"],
  ]);
});

test("a pattern takes all that match, whatever signs their names hold; a name means itself", () => {
  expect(seriesOf("class/*/AP50", ALL).map(({ name }) => name)).toEqual(["class/dent/AP50", "class/划痕/轻微 (A)/AP50"]);
  expect(seriesOf("lr/*", ALL).map(({ name }) => name)).toEqual(["lr/2", "lr/10"]);
  expect(seriesOf("class/划痕/轻微 (A)/AP50", ALL)).toHaveLength(1);
  expect(seriesOf("class/dent", ALL)).toEqual([]);
});

test("each series is one chart with a line a run, one that no run has yet included", () => {
  const plans = chartsOf(["metrics/mAP50", "new/one", "none/*", "metrics/*"], ALL, [{ id: "r1", label: "one", color: 4 }]);
  expect(plans.map(({ key, lines }) => [key, lines.map(({ run, color }) => [run, color])])).toEqual([
    ["metrics/mAP50", [["r1", 4]]],
    ["new/one", [["r1", 4]]],
  ]);
});

test("the table shows what can be better or worse", () => {
  const all = [series("lr/0", { direction: "none" }), series("a"), series("b", { direction: "lower" }), series("c")];
  const plans = chartsOf(["lr/0", "a", "b", "c"], all, []);
  expect(tableMetrics(plans, all, 2).map(({ name }) => name)).toEqual(["a", "b"]);
});

const run = (id: string, day: number) => ({ id, created: `2026-11-0${day}T00:00:00Z` });

test("a run keeps its colour when a newer one comes and the oldest leaves", () => {
  const before = colorsOf([run("b", 2), run("a", 1)], { before: 30, limit: 2 });
  const after = colorsOf([run("c", 3), run("b", 2)], { before: 31, limit: 2 });
  expect([[...before], [...after]]).toEqual([
    [["a", 10], ["b", 11]],
    [["b", 11], ["c", 12]],
  ]);
});

test("the address of a board keeps what it understands", () => {
  expect(parseBoardSearch({ wall: 2, also: "b2", from: 1, to: 5, hidden: ["r1", "r1", ""], edit: "yes", other: 1 })).toEqual({ wall: 5, also: ["b2"], from: 1, to: 5, hidden: ["r1"] });
  expect(parseBoardSearch({ wall: true, from: 5, to: 1 })).toEqual({ wall: 30 });
});

test("a template shows the newest runs", () => {
  expect(sortOf(fromTemplate("progress"))).toBe("-created");
  expect(fromTemplate("progress").charts.slice(0, 2)).toEqual(["metrics/mAP50-95", "metrics/mAP50"]);
});
