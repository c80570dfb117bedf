import { expect, test } from "vitest";
import { meanOf, rowsOf, sorted, worstOf } from "./rows";

const readings = {
  epochs: [1, 2],
  rows: new Map([
    ["dent", Float64Array.from([0.5, 0.6])],
    ["crack", Float64Array.from([0.4, 0.1])],
    ["划痕/轻微 (A)", Float64Array.from([0.1, 0.2])],
    ["rust", Float64Array.from([Number.NaN, Number.NaN])],
  ]),
};
const numbers = new Map([["dent", 0], ["crack", 1], ["划痕/轻微 (A)", 2]]);
const rows = rowsOf(readings, numbers, { train: new Map([[0, 900], [1, 20], [2, 500]]), val: new Map([[0, 90]]) });
const keys = (of: readonly { key: string }[]) => of.map(({ key }) => key);

test("rows know their counts", () => {
  expect(rows.map(({ number, train, val }) => [number, train, val])).toEqual([[0, 900, 90], [1, 20, null], [2, 500, null], [null, null, null]]);
});

test("rows are sorted by what is asked for; nothing comes last", () => {
  expect(keys(sorted(rows, "worst", "en"))).toEqual(["crack", "划痕/轻微 (A)", "dent", "rust"]);
  expect(keys(sorted(rows, "fallen", "en"))[0]).toBe("crack");
  expect(keys(sorted(rows, "instances", "en"))).toEqual(["dent", "划痕/轻微 (A)", "crack", "rust"]);
  expect(keys(sorted(rows, "name", "en"))).toEqual(["crack", "dent", "rust", "划痕/轻微 (A)"]);
});

test("the worst half says why", () => {
  expect(worstOf(rows, null).map(({ row, why }) => [row.key, why.map(({ kind }) => kind)])).toEqual([["crack", ["fall", "few"]], ["划痕/轻微 (A)", []]]);
  expect(worstOf(rows.slice(0, 1), null)).toEqual([]);
});

test("the mean is of what has a value", () => {
  expect(meanOf(rows)).toEqual({ mean: expect.closeTo(0.3), below: 1 });
  expect(meanOf([])).toBeNull();
});
