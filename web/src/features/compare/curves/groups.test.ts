import { expect, test } from "vitest";
import { columnsOfGroup } from "./groups";

test("a group is its mean with a deviation to both sides, none where one run alone speaks", () => {
  const made = columnsOfGroup({
    value: 0.1, runs: ["a", "b"], name: "m", total: 4, x_axis: "epoch",
    x: [1, 2], x_end: [1, 2], mean: [2, 5], std: [0.5, "NaN"], min: [1, 5], max: [3, 5], n: [2, 1], nan: [0, 0],
  });
  expect([made.run, made.xAxis, [...made.min], [...made.max], [...made.mean]]).toEqual(["0.1", "epoch", [1.5, 5], [2.5, 5], [2, 5]]);
});
