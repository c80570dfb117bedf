import { expect, test } from "vitest";
import { alteredBy, suggestedTags, tagFrom, tagUses, withTags } from "./change";

const RUNS = [
  { id: "a", tags: ["night", "划痕/轻微 (A)"] },
  { id: "b", tags: ["night"] },
  { id: "c", tags: [] },
];

test("a tag is added once, and a removed one goes", () => {
  expect(withTags(["night", "rain"], { add: ["rain", "fog"], remove: ["night"] })).toEqual(["rain", "fog"]);
});

test("tags are listed with how many runs have them", () => {
  expect(tagUses(RUNS)).toEqual([
    { tag: "night", count: 2 },
    { tag: "划痕/轻微 (A)", count: 1 },
  ]);
});

test("only runs that change are named, so that an undo leaves the others alone", () => {
  expect(alteredBy(RUNS, { add: ["night"], remove: [] })).toEqual(["c"]);
  expect(alteredBy(RUNS, { add: [], remove: ["night"] })).toEqual(["a", "b"]);
});

test("suggestions begin with what was typed before those that hold it", () => {
  const known = ["tonight", "night", "fog", "nightly"];
  expect(suggestedTags(known, " NI")).toEqual(["night", "nightly", "tonight"]);
});

test("a tag has no blanks around it and an end", () => {
  expect(tagFrom("  rain  ")).toBe("rain");
  expect([...tagFrom("划".repeat(300))]).toHaveLength(100);
});
