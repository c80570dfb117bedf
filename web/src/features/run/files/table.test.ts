import { expect, test } from "vitest";
import type { Table } from "../../../api/client";
import { entriesFrom, found } from "./entries";
import { columnsFrom, csvFrom, orderOf } from "./table";

const TABLE: Table = {
  type: "table",
  columns: [
    { name: "class", classes: [0, 1, 2], titles: ["划痕/轻微 (A)", null, "a, b"] },
    { name: "AP50", numbers: [0.5, "NaN", 0.25] },
    { name: "note", texts: ["=1+1", 'say "x"', "img10"] },
  ],
};
const columns = columnsFrom(TABLE, (kind, title) => title ?? `class ${kind}`);

test("classes are called by their names, and by their numbers where those are withheld", () => {
  expect(columns.map(({ cells }) => cells)).toEqual([
    ["划痕/轻微 (A)", "class 1", "a, b"],
    [0.5, NaN, 0.25],
    ["=1+1", 'say "x"', "img10"],
  ]);
});

test("rows are sorted by a column, gaps last either way", () => {
  expect(orderOf(columns, null)).toEqual([0, 1, 2]);
  expect(orderOf(columns, { column: 1, isDown: false })).toEqual([2, 0, 1]);
  expect(orderOf(columns, { column: 1, isDown: true })).toEqual([0, 2, 1]);
});

test("a file for spreadsheets keeps commas and quotes, and nothing in it is run", () => {
  expect(csvFrom(columns, [2, 1, 0])).toBe('\uFEFFclass,AP50,note\r\n"a, b",0.25,img10\r\nclass 1,,"say ""x"""\r\n划痕/轻微 (A),0.5,\'=1+1\r\n');
});

test("files are listed by kind and found by name", () => {
  const names = [
    { kind: "text", name: "notes" },
    { kind: "table", name: "classes" },
    { kind: "matrix", name: "confusion" },
    { kind: "table", name: "val/Per image" },
  ] as const;
  const entries = entriesFrom(names);
  expect(entries.map(({ id }) => id)).toEqual(["table:classes", "table:val/Per image", "text:notes"]);
  expect(found(entries, "IMAGE ").map(({ name }) => name)).toEqual(["val/Per image"]);
});
