import { expect, test } from "vitest";
import { parseMachinesSearch } from "./search";

test("the order is taken from the address, and what is not understood is dropped", () => {
  expect(parseMachinesSearch({ sort: "free", other: 1 })).toEqual({ sort: "free" });
  expect(parseMachinesSearch({ sort: "size" })).toEqual({});
});
