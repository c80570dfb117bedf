import { expect, test } from "vitest";
import type { SeriesInfo } from "../../api/client";
import { bestOf, mainSeries } from "./best";

function series(name: string, changes: Partial<SeriesInfo> = {}): SeriesInfo {
  const loss = name.includes("loss");
  const plain: SeriesInfo = {
    name, family: loss ? "loss" : "metric", unit: "", direction: loss ? "lower" : "higher", title: { en: name, zh: name }, count: 4, nan_count: 0,
    last: 0.5, last_step: 4, last_epoch: 4, min: 0, max: 1, best: 0.6, best_step: 3, best_epoch: 3,
  };
  return { ...plain, ...changes };
}

const main = (...names: string[]) => mainSeries(names.map((name) => series(name)))?.name;

test("a run is measured by mAP, else by another metric, else by a loss", () => {
  expect(main("train/loss", "metrics/precision", "metrics/mAP50", "metrics/mAP50-95_mask", "metrics/mAP50-95")).toBe("metrics/mAP50-95");
  expect(main("train/loss", "metrics/fitness", "metrics/accuracy")).toBe("metrics/accuracy");
  expect(main("train/loss", "val/loss", "val/cls_loss")).toBe("val/loss");
  expect(main("final/metrics/mAP50-95", "loss")).toBe("loss");
  expect(mainSeries([series("lr/weight", { family: "lr", direction: "none" })])).toBeNull();
});

test("the epoch that the training names is told with the metric that was best there", () => {
  const map = series("metrics/mAP50-95", { best: 0.41, best_epoch: 7 });
  const fitness = series("metrics/fitness", { best: 0.43, best_epoch: 9 });
  expect(bestOf({ best_epoch: 7, series: [map, fitness] })).toEqual({ epoch: 7, value: 0.41, of: map, by: "training" });
  expect(bestOf({ best_epoch: 9, series: [map, fitness] })).toEqual({ epoch: 9, value: 0.43, of: fitness, by: "training" });
  expect(bestOf({ best_epoch: 2, series: [map, fitness] })).toEqual({ epoch: 2, value: null, of: fitness, by: "training" });
});

test("where the training names none, the main series decides", () => {
  const loss = series("val/loss", { best: 0.2, best_epoch: 11.999 });
  expect(bestOf({ best_epoch: null, series: [loss] })).toEqual({ epoch: 12, value: 0.2, of: loss, by: "series" });
  expect(bestOf({ best_epoch: null, series: [series("val/loss", { best_epoch: null })] })).toBeNull();
  expect(bestOf({ best_epoch: 3, series: [] })).toBeNull();
});
