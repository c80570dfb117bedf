import { expect, test } from "vitest";
import { aligned, shortened } from "./shorten";

test("a long name keeps its beginning and its end", () => {
  expect(shortened("yolo11n-coco-mosaic0.5-lr0.01-seed7", 15)).toBe("yolo11n…1-seed7");
  expect(shortened("short", 15)).toBe("short");
  expect([...shortened("划痕".repeat(40), 20)]).toHaveLength(20);
});

test("decimal points stand under one another", () => {
  expect(aligned(["0.5", "12", "0.1234"])).toEqual(["0.5\u2007\u2007\u2007", "12\u2008\u2007\u2007\u2007\u2007", "0.1234"]);
});

test("what is no plain number stays as it is", () => {
  expect(aligned(["1.5", "3e-5", "NaN", "2 GiB"])).toEqual(["1.5", "3e-5", "NaN", "2 GiB"]);
});
