import { expect, test } from "vitest";
import { countOf, matching, partOf } from "./config-rows";

const packages = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`package-${n}`, `1.${n}`]));

test("nested settings have dotted keys in the order they were recorded", () => {
  expect(partOf({ seed: 0, git: { commit: "abc", dirty: false }, amp: null }).rows).toEqual([
    { key: "seed", value: "0" },
    { key: "git.commit", value: "abc" },
    { key: "git.dirty", value: "false" },
    { key: "amp", value: "null" },
  ]);
});

test("lists are read, not parsed", () => {
  expect(partOf({ names: ["a", "b"], none: [], edges: [0, 0.5], deep: [[1], [2]] }).rows.map(({ value }) => value)).toEqual([
    "a, b",
    "[]",
    "0, 0.5",
    "[[1],[2]]",
  ]);
});

test("a list of tables is keyed by position", () => {
  expect(partOf({ groups: [{ lr: 0.1 }, { lr: 0.2 }] }).rows).toEqual([
    { key: "groups.0.lr", value: "0.1" },
    { key: "groups.1.lr", value: "0.2" },
  ]);
});

test("a command can be pasted into a shell", () => {
  expect(partOf({ command: ["python", "train.py", "--name", "my run"] }).rows).toEqual([{ key: "command", value: "python train.py --name 'my run'" }]);
});

test("a long table is folded, its rows without its name", () => {
  const { rows, folds } = partOf({ packages, python: "3.11" });
  expect(rows).toEqual([{ key: "python", value: "3.11" }]);
  expect(folds.map(({ key, rows: inner }) => [key, inner.length, inner[0]])).toEqual([["packages", 30, { key: "package-0", value: "1.0" }]]);
});

test("a search looks into keys, values and folds, and leaves out folds without a match", () => {
  const part = partOf({ packages, python: "3.11" });
  expect(matching(part, "PACKAGES.package-2").folds[0]?.rows).toHaveLength(11);
  expect(matching(part, " 3.11 ")).toEqual({ rows: [{ key: "python", value: "3.11" }], folds: [] });
  expect(countOf(matching(part, ""))).toBe(31);
});

test("what can be done to a run is none of its settings", () => {
  expect(partOf({ control: { verbs: ["pause"] }, seed: 0 }).rows).toEqual([{ key: "seed", value: "0" }]);
});
