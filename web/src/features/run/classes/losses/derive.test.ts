import { expect, test } from "vitest";
import type { SeriesInfo } from "../../../../api/client";
import { gainsOf, lossParts, withoutGain } from "./derive";

const info = (name: string): SeriesInfo => ({
  name, family: "loss", unit: "", direction: "lower", title: { en: name, zh: name }, count: 1, nan_count: 0, last: 1, last_step: 1, last_epoch: 1,
  min: 1, max: 1, best: 1, best_step: 1, best_epoch: 1,
});
const of = (...values: number[]) => Float64Array.from(values);
const columns = (x: number[], y: number[]) => ({
  run: "r", name: "val/box_loss", total: x.length, xAxis: "epoch" as const, x: of(...x), xEnd: of(...x), min: of(...y), max: of(...y), mean: of(...y),
  count: of(...x.map(() => 1)), nan: of(...x.map(() => 0)),
});

test("components are those with a loss and a gain, told by series or by settings", () => {
  const series = ["train/epoch/box_loss", "val/box_loss", "loss_weight/box", "val/seg_loss", "val/other_loss"].map(info);
  expect(lossParts({ series, settings: { box: 7.5 }, config: {} })).toEqual([
    { component: "box", train: "train/epoch/box_loss", val: "val/box_loss", gainSeries: "loss_weight/box", gain: 7.5 },
    { component: "seg", train: null, val: "val/seg_loss", gainSeries: null, gain: 7.5 },
  ]);
  expect(lossParts({ series, settings: {}, config: {} }).map(({ component }) => component)).toEqual(["box"]);
});

test("each epoch is divided by the gain that held in it", () => {
  const gains = gainsOf(columns([0.1, 1.1], [7.5, 5]), null);
  expect([...withoutGain(columns([1, 2], [3, 3]), gains, "loss").mean]).toEqual([0.4, 0.6]);
  expect([...withoutGain(columns([1, 2], [3, 3]), gains, "overlap").mean]).toEqual([0.6, 0.4]);
});

test("settings say the gain where no series does", () => {
  expect(gainsOf(undefined, 7.5)).toEqual([[-Infinity, 7.5]]);
  expect(gainsOf(undefined, null)).toEqual([]);
});
