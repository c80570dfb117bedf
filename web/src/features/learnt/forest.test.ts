import { expect, test } from "vitest";
import { barOf, estimateOf, filterOf, isBetter, namesOf, parted, reachOf, roundedUp, stillNeeded, type Estimate } from "./forest";
import type { Effect } from "./queries";

function effect(over: Partial<Effect>): Effect {
  return {
    setting: "mosaic", kind: "augmentation", from: { text: "0.0", value: 0 }, to: { text: "1.0", value: 1 }, verdict: "helped", basis: "matched",
    n_from: 5, n_to: 6, left_out: 0, pairs: 2, difference: 0.03, low: 0.01, high: 0.05, p: 0.01, p_adjusted: 0.02, aliases: [], sentence: { en: "", zh: "" }, ...over,
  };
}

const estimate = (difference: number, low: number | null, high: number | null): Estimate => ({ effect: effect({}), difference, low, high });

test("differences are told in points where the metric is a share, and there is none without runs", () => {
  expect(estimateOf(effect({}), true)).toMatchObject({ difference: 3, low: 1, high: 5 });
  expect(estimateOf(effect({ low: null }), false)).toMatchObject({ difference: 0.03, low: null });
  expect(estimateOf(effect({ difference: null }), true)).toBeNull();
});

test("an axis ends at a round number, and one wide interval does not squeeze the others", () => {
  expect([roundedUp(3.1), roundedUp(0.02), roundedUp(60), roundedUp(0)]).toEqual([4, 0.02, 60, 1]);
  expect(reachOf([estimate(2, 1, 3)])).toBe(3);
  expect(reachOf([estimate(2, -90, 94)])).toBe(6);
  expect(reachOf([])).toBe(1);
});

test("a bar stands where its numbers are, cut at the edges with a mark", () => {
  expect(barOf(estimate(2.5, 0, 5), 5)).toEqual({ at: 0.75, from: 0.5, to: 1, beyondLeft: false, beyondRight: false });
  expect(barOf(estimate(0, -20, 20), 5)).toEqual({ at: 0.5, from: 0, to: 1, beyondLeft: true, beyondRight: true });
});

test("more is better or worse by the metric", () => {
  const metric = { name: "m", title: { en: "m", zh: "m" }, which: "best" as const, points: true };
  expect(isBetter(estimate(1, 0, 2), { metric: { ...metric, better: "higher" } })).toBe(true);
  expect(isBetter(estimate(1, 0, 2), { metric: { ...metric, better: "lower" } })).toBe(false);
  expect(isBetter(estimate(0, 0, 2), { metric: { ...metric, better: "lower" } })).toBeNull();
});

test("what is sure, open and untested are told apart", () => {
  const [a, b, c, d] = [effect({ verdict: "hurt" }), effect({ verdict: "aliased" }), effect({ verdict: "too_few_runs" }), effect({ verdict: "no_clear_effect" })];
  expect(parted([a, b, c, d])).toEqual({ sure: [a], open: [b, d], untested: [c] });
});

test("three runs a side are the least", () => {
  expect([stillNeeded({ n_from: 1, n_to: 6 }), stillNeeded({ n_from: 2, n_to: 2 }), stillNeeded({ n_from: 3, n_to: 3 })]).toEqual([2, 2, 0]);
});

test("the runs behind an effect are found by either side of it, under the names that runs have it", () => {
  expect(namesOf("mosaic")).toEqual(["settings.mosaic", "config.mosaic"]);
  expect(namesOf("config.data")).toEqual(["config.data"]);
  expect(filterOf(effect({}), ["settings.mosaic"])).toBe("settings.mosaic == 0 or settings.mosaic == 1");
  expect(filterOf(effect({ from: { text: "a", value: 'yolo "n"' }, to: { text: "b", value: true } }), ["config.my model"])).toBe(
    '`config.my model` == "yolo \\"n\\"" or `config.my model` == true',
  );
  expect(filterOf(effect({ from: { text: "1 to 2", low: 1, high: 2 } }), ["config.a", "settings.a"])).toBe(
    "(config.a >= 1 and config.a <= 2) or config.a == 1 or (settings.a >= 1 and settings.a <= 2) or settings.a == 1",
  );
  expect([filterOf(effect({ from: { text: "[1]", value: [1] } }), ["config.a"]), filterOf(effect({}), [])]).toEqual([null, null]);
});
