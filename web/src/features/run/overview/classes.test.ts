import { expect, test } from "vitest";
import type { Matrix, SeriesInfo } from "../../../api/client";
import { confusionsOf, instancesOf, worstClasses } from "./classes";

function series(name: string, last: SeriesInfo["last"]): SeriesInfo {
  return {
    name, family: "class", unit: "", direction: "higher", title: { en: name, zh: name }, count: 4, nan_count: 0, last, last_step: 1, last_epoch: 1,
    min: 0, max: 1, best: 0.9, best_step: 1, best_epoch: 1,
  };
}

const PROVENANCE = { data: { train: { per_class: { dent: 12, "划痕/轻微 (A)": 3, odd: "x" } } } };

test("the worst classes are told with their examples, by the strictest metric there is", () => {
  const run = {
    provenance: PROVENANCE,
    series: [
      series("class/dent/AP50", 0.9), series("class/dent/AP", 0.5), series("class/划痕/轻微 (A)/AP", 0.2), series("class/gone/AP", "NaN"),
      series("class/scratch/AP", 0.4),
    ],
  };
  const found = worstClasses(run, 2);
  expect([found?.metric, found?.of]).toEqual(["AP", 3]);
  expect(found?.worst.map(({ name, value, instances }) => [name, value, instances])).toEqual([["划痕/轻微 (A)", 0.2, 3], ["scratch", 0.4, null]]);
});

test("one class alone is not the worst", () => {
  expect(worstClasses({ provenance: {}, series: [series("class/dent/AP", 0.5)] }, 3)).toBeNull();
  expect([...instancesOf({ provenance: { data: null } }, "train")]).toEqual([]);
});

const labels = (name: string) => ({ name, classes: [0, 1, -1], titles: ["a", null, null], texts: [] });

test("mistakes are told apart: mixed up, missed, made up", () => {
  const values = [[8, 3, 2], [1, 4, 5], [1, 3, 0]];
  const matrix: Matrix = { type: "matrix", height: 3, width: 3, values, rows: labels("predicted"), columns: labels("true") };
  expect(confusionsOf(matrix)).toEqual({
    mixed: { truth: "1", found: "a", count: 3, share: 0.3 },
    missed: { truth: "1", found: null, count: 3, share: 0.3 },
    invented: { truth: null, found: "1", count: 5, share: null },
  });
});

test("a matrix without mistakes has none", () => {
  const values = [[8, 0, 0], [0, 4, 0], [0, 0, 0]];
  const matrix: Matrix = { type: "matrix", height: 3, width: 3, values, rows: labels("predicted"), columns: labels("true") };
  expect(confusionsOf(matrix)).toEqual({ mixed: null, missed: null, invented: null });
});
