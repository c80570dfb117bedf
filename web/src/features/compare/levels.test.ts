import { expect, test } from "vitest";
import { levelsOf, waysToColor } from "./levels";
import type { Parameter } from "./parameters";

const row = (id: string, group: string | null, tags: string[] = []) => ({ id, group, tags });
const lr: Parameter = { id: "config.lr0", key: "lr0", values: new Map([["a", 0.1], ["b", 0.01], ["c", 0.1]]) };

test("numbers stand by size, runs without a value last, each with its colour", () => {
  const rows = [row("a", null), row("b", null), row("c", null), row("d", null)];
  expect(levelsOf(rows, "config.lr0", [lr])).toEqual([
    { key: "0.01", text: "0.01", color: 0, runs: ["b"] },
    { key: "0.1", text: "0.1", color: 1, runs: ["a", "c"] },
    { key: "null", text: "null", color: 2, runs: ["d"] },
  ]);
});

test("a run with two tags is in two levels", () => {
  expect(levelsOf([row("a", null, ["night", "day"]), row("b", null, ["day"])], "tag", []).map(({ text, runs }) => [text, runs])).toEqual([
    ["day", ["a", "b"]],
    ["night", ["a"]],
  ]);
});

test("only what parts the runs may colour them", () => {
  const rows = [row("a", "g"), row("b", "g"), row("c", "g")];
  expect(waysToColor(rows, [lr])).toEqual(["config.lr0"]);
});
