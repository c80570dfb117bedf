import { expect, test } from "vitest";
import type { Results } from "../../../panels/results";
import type { SharedSeries } from "../../../panels/shared-series";
import { csvOf, metricsOf, nextSort, rowsOf, sortedRuns, sortFrom } from "./rows";

const metric = (name: string, direction: "higher" | "lower" | "none", family = "metric"): SharedSeries => ({ name, family, unit: "", direction, title: { en: name, zh: name }, share: 1 });
const map = metric("metrics/mAP50", "higher");
const loss = metric("val/box_loss", "lower", "loss");
const reached = (value: number | null) => ({ best: value, last: value === null ? null : value / 2 });
const results: Results = new Map([
  ["a", new Map([[map.name, reached(0.5)], [loss.name, reached(2)]])],
  ["b", new Map([[map.name, reached(0.75)], [loss.name, reached(1)]])],
  ["c", new Map([[map.name, reached(null)]])],
]);
const rows = rowsOf([map, loss], results, { runs: ["a", "b", "c"], baseline: "a", which: "best" });
const runs = [{ id: "a", name: "one, two" }, { id: "b", name: "=b" }, { id: "c", name: "c" }];

test("the best is the best by the direction of the metric, and differences are told for the better or the worse", () => {
  expect(rows.map(({ cells }) => [...cells.values()])).toEqual([
    [
      { value: 0.5, isBest: false, difference: null, isBetter: null },
      { value: 0.75, isBest: true, difference: 0.25, isBetter: true },
      { value: null, isBest: false, difference: null, isBetter: null },
    ],
    [
      { value: 2, isBest: false, difference: null, isBetter: null },
      { value: 1, isBest: true, difference: -1, isBetter: true },
      { value: null, isBest: false, difference: null, isBetter: null },
    ],
  ]);
});

test("where all are equal none is best", () => {
  const same: Results = new Map(["a", "b"].map((id) => [id, new Map([[map.name, reached(0.5)]])]));
  expect([...(rowsOf([map], same, { runs: ["a", "b"], baseline: null, which: "last" })[0]?.cells.values() ?? [])].map(({ isBest, value }) => [isBest, value])).toEqual([[false, 0.25], [false, 0.25]]);
});

const order = (text: string | undefined) => sortedRuns(runs, rows, sortFrom(text)).map(({ id }) => id);

test("sorting puts the better first whatever the direction, runs without a value last", () => {
  expect([order("metrics/mAP50"), order("-metrics/mAP50"), order("val/box_loss"), order(undefined)]).toEqual([["b", "a", "c"], ["a", "b", "c"], ["b", "a", "c"], ["a", "b", "c"]]);
});

test("clicks go from the better first to the worse first to none", () => {
  expect([nextSort(null, "m"), nextSort(sortFrom("m"), "m"), nextSort(sortFrom("-m"), "m"), nextSort(sortFrom("n"), "m")]).toEqual(["m", "-m", undefined, "m"]);
});

test("CSV quotes commas and keeps a spreadsheet from running names", () => {
  expect(csvOf(runs, rows).split("\r\n")).toEqual(["run,name,metrics/mAP50,val/box_loss", 'a,"one, two",0.5,2', "b,'=b,0.75,1", "c,c,,"]);
});

test("without a search there are metrics, validation losses, other losses and gaps; with one whatever is meant", () => {
  const all = [metric("train/box_loss", "lower", "loss"), metric("train/epoch/box_loss", "lower", "loss"), metric("derived/gap/total", "none", "loss"), loss, map, metric("lr/weight", "none", "lr"), metric("final/metrics/mAP50", "none", "other")];
  expect(metricsOf(all, "").map(({ name }) => name)).toEqual(["metrics/mAP50", "val/box_loss", "train/epoch/box_loss", "derived/gap/total", "train/box_loss"]);
  expect(metricsOf(all, "lr").map(({ name }) => name)).toEqual(["lr/weight"]);
});
