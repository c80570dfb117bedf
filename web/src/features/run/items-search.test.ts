import { expect, test } from "vitest";
import { parseItemsSearch } from "./items-search";

test("a full view of items is read back from the address", () => {
  const view = {
    group: "extremes/worst",
    at: 10,
    picture: "extremes/worst/0",
    beside: 5,
    confidence: 0.4,
    hidden: [1, 2],
    sides: "truth",
    colors: "class",
    heat: 0.5,
    mask: false,
    inside: "embedding",
    quantity: "gradients",
    layers: "neck",
    form: "heat",
    counts: "log",
    range: "same",
    values: "stretched",
    method: "tsne",
    solid: true,
    file: "table:val/per_class",
  };
  expect(parseItemsSearch(view)).toEqual(view);
});

test("defaults and nonsense leave nothing in the address", () => {
  expect(parseItemsSearch({ group: "", at: "x", hidden: ["a", 1.5], sides: "both", colors: "outcome", mask: true, inside: "x", solid: 1 })).toBeUndefined();
  expect(parseItemsSearch({ group: "x".repeat(251) })).toBeUndefined();
  expect(parseItemsSearch("x")).toBeUndefined();
});

test("shares stay within 0 and 1, and a picture called 17 is found", () => {
  expect(parseItemsSearch({ confidence: 7, heat: -1, picture: 17 })).toEqual({ confidence: 1, heat: 0, picture: "17" });
});
