import { expect, test } from "vitest";
import { gridFor } from "./grid";

test.each([
  [366, { columns: 1, buckets: 200 }],
  [1392, { columns: 3, buckets: 250 }],
  [1872, { columns: 4, buckets: 250 }],
  [5000, { columns: 4, buckets: 600 }],
])("a width of %d px", (width, shape) => {
  expect(gridFor(width)).toEqual(shape);
});

test("nothing is asked for before there is a width", () => {
  expect(gridFor(0)).toBeNull();
});
