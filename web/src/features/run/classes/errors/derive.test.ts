import { expect, test } from "vitest";
import type { Table } from "../../../../api/client";
import { counted, errorRows, sizeRows } from "./derive";

const column = (name: string, ...numbers: (number | "NaN" | "Infinity")[]) => ({ name, numbers });

const table: Table = {
  type: "table",
  columns: [
    { name: "class", classes: [0, 1, 2], titles: [null, null, null] },
    column("objects", 80, 20, 0),
    column("missed", 8, 2, 0),
    column("correct", 60, 15, 0),
    column("duplicate", 1, 0, 0),
    column("classification", 12, 30, 0),
    column("localisation", 0, 1, 0),
    column("both", 0, 0, 0),
    column("background", 5, 0, 0),
  ],
};

test("classes with most mistakes come first, and those without anything not at all", () => {
  expect(errorRows(table).map(({ number, predictions, missed }) => [number, predictions, missed])).toEqual([
    [1, 46, 2],
    [0, 78, 8],
  ]);
});

test("kinds come to predictions and a worst mistake", () => {
  const values = new Map([["correct", 75], ["classification", 42], ["missed", 10]]);
  expect(counted((kind) => values.get(kind) ?? null)).toEqual({ predictions: 117, correct: 75, missed: 10, worst: { kind: "classification", count: 42 } });
  expect(counted(() => null)).toBeNull();
});

test("sizes without objects are left out", () => {
  const sizes: Table = { type: "table", columns: [column("from_px", 0, 8, 512), column("to_px", 8, 16, "Infinity"), column("objects", 0, 21, 3), column("found", 0, 7, 3)] };
  expect(sizeRows(sizes)).toEqual([
    { from: 8, to: 16, objects: 21, found: 7 },
    { from: 512, to: Infinity, objects: 3, found: 3 },
  ]);
});
