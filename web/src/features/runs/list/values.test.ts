import { expect, test } from "vitest";
import { runOf } from "../testing";
import { isAsked, valueOf } from "./values";

const run = runOf("a", {
  tags: ["night", "rain"],
  lost: { full: 2, thinned: 3 },
  last: { "metrics/mAP50": "NaN", "train/box_loss": 1.5 },
  values: { "config.lr0": 0.01, "config.names": ["a", "b"], "best(x)": "Infinity", "config.none": null },
});

test("a value is found wherever the row holds it", () => {
  const terms = ["name", "tags", "lost", "train/box_loss", "last(train/box_loss)", "config.lr0", "config.names", "best(x)", "config.none", "config.unknown"];
  expect(terms.map((term) => valueOf(run, term))).toEqual(["a", "night, rain", 5, 1.5, 1.5, 0.01, "a, b", Infinity, null, null]);
  expect(valueOf(run, "metrics/mAP50")).toBeNaN();
});

test("only what rows do not hold is asked for", () => {
  expect(["name", "eta_s", "metrics/mAP50", "best(metrics/mAP50)", "config.lr0"].filter(isAsked)).toEqual(["best(metrics/mAP50)", "config.lr0"]);
});
