import { expect, test } from "vitest";
import { runOf } from "../testing";
import { groupsOf, linesOf, summaryOf, toggled, type Folding } from "./groups";

const OPEN: Folding = { folds: undefined, folded: undefined };
const runs = [
  runOf("a", { tags: ["night", "rain"], last: { "metrics/mAP50": 0.5, "val/box_loss": 2 } }),
  runOf("b", { last: { "metrics/mAP50": 0.7, "val/box_loss": 1 } }),
  runOf("c", { tags: ["rain"], last: { "metrics/mAP50": "NaN" } }),
];

test("a run stands under each of its tags, and those without one last", () => {
  const groups = groupsOf(runs, "tags", OPEN).map(({ key, runs: found }) => [key, found.map(({ id }) => id).join("")]);
  expect(groups).toEqual([
    ["night", "a"],
    ["rain", "ac"],
    ["", "b"],
  ]);
});

test("only open groups show their runs", () => {
  const lines = linesOf(groupsOf(runs, "tags", { folds: undefined, folded: ["rain", "–"] }));
  expect(lines.map((line) => (line.kind === "group" ? `[${line.group.key}]` : line.run.id))).toEqual(["[night]", "a", "[rain]", "[]"]);
});

test("opening one of many folded groups names just that one", () => {
  const once = toggled("rain", { folds: "all", folded: undefined });
  expect(once).toEqual({ folds: "all", folded: ["rain"] });
  expect(groupsOf(runs, "tags", once).map(({ folded }) => folded)).toEqual([true, false, true]);
  expect(toggled("rain", once)).toEqual({ folds: "all", folded: undefined });
});

test("a group tells the best and the mean of what can be good or bad", () => {
  expect(summaryOf(runs, "metrics/mAP50")).toEqual({ best: 0.7, mean: 0.6 });
  expect(summaryOf(runs, "val/box_loss")).toEqual({ best: 1, mean: 1.5 });
  expect([summaryOf(runs, "epoch"), summaryOf([], "metrics/mAP50")]).toEqual([null, null]);
});
