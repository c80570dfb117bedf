import { expect, test } from "vitest";
import { mapOf } from "./map";

test("counts are drawn by their root, row by row", () => {
  expect(mapOf({ height: 2, width: 2, values: [[0, 4], [1, 16]] })).toEqual({ shape: { rows: 2, columns: 2 }, shares: [0, 0.5, 0.25, 1], counts: [0, 4, 1, 16], total: 21 });
});

test("nothing counted is drawn blank", () => {
  expect(mapOf({ height: 1, width: 2, values: [[0, 0]] }).shares).toEqual([0, 0]);
});
