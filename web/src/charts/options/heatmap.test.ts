import { expect, test } from "vitest";
import { everyNth, heatBox, inkOn, placeAt, placeByKey, tintAt } from "./heatmap";

const SHAPE = { rows: 4, columns: 4 };

test("a scale goes from its first to its last colour and stays there", () => {
  expect([tintAt("light", "cool", 0), tintAt("light", "cool", 0.5), tintAt("light", "cool", 1)]).toEqual([
    "rgb(232 239 251)",
    "rgb(116 160 233)",
    "rgb(23 58 140)",
  ]);
  expect(tintAt("dark", "warm", 7)).toBe("rgb(255 202 153)");
});

test("numbers are black on pale cells and white on strong ones", () => {
  expect([inkOn("light", "cool", 0), inkOn("light", "cool", 1)]).toEqual(["#10151c", "#fff"]);
  expect([inkOn("dark", "cool", 0), inkOn("dark", "cool", 1)]).toEqual(["#fff", "#10151c"]);
});

test("labels are thinned to round steps", () => {
  expect([everyNth(20, 12), everyNth(5, 12), everyNth(1.3, 12), everyNth(0.001, 12)]).toEqual([1, 5, 10, 1200]);
});

test("a small matrix has large cells, a large one fits into the room", () => {
  const room = { width: 700, height: 600, left: 100, top: 80 };
  expect(heatBox(SHAPE, room, 1)).toEqual({ left: 100, top: 80, width: 324, height: 304, cell: 56 });
  expect(heatBox({ rows: 300, columns: 300 }, room, 1)).toEqual({ left: 100, top: 80, width: 620, height: 600, cell: 520 / 300 });
});

test("zooming enlarges the cells within the same room, up to the largest that is of use", () => {
  const room = { width: 700, height: 600, left: 100, top: 80 };
  expect(heatBox({ rows: 300, columns: 300 }, room, 8)).toEqual({ left: 100, top: 80, width: 700, height: 600, cell: (520 / 300) * 8 });
  expect(heatBox(SHAPE, room, 8).cell).toBe(56);
});

test("a point is in the cell under it, also when scrolled", () => {
  const box = { left: 100, top: 80, width: 324, height: 304, cell: 56 };
  expect(placeAt(box, SHAPE, { x: 160, y: 85 }, { x: 0, y: 0 })).toEqual({ row: 0, column: 1 });
  expect(placeAt(box, SHAPE, { x: 160, y: 85 }, { x: 56, y: 112 })).toEqual({ row: 2, column: 2 });
  expect(placeAt(box, SHAPE, { x: 99, y: 85 }, { x: 0, y: 0 })).toBeNull();
  expect(placeAt(box, SHAPE, { x: 330, y: 85 }, { x: 0, y: 0 })).toBeNull();
});

test("arrow keys begin at the first cell and stop at the edges", () => {
  expect(placeByKey("ArrowDown", null, SHAPE)).toEqual({ row: 0, column: 0 });
  expect(placeByKey("ArrowDown", { row: 3, column: 1 }, SHAPE)).toEqual({ row: 3, column: 1 });
  expect(placeByKey("ArrowRight", { row: 3, column: 1 }, SHAPE)).toEqual({ row: 3, column: 2 });
  expect(placeByKey("a", { row: 3, column: 1 }, SHAPE)).toBeNull();
});
