import { expect, test } from "vitest";
import { chartsAPage, freshnessOf, pagesOf, wallZoom } from "./pages";

test("pages are of much the same size", () => {
  expect(pagesOf([1, 2, 3, 4, 5], 4)).toEqual([[1, 2, 3], [4, 5]]);
  expect(pagesOf([1, 2, 3, 4], 4)).toEqual([[1, 2, 3, 4]]);
  expect(pagesOf([], 4)).toEqual([[]]);
});

test("a phone shows two charts below each other, a wide screen more beside each other", () => {
  expect([chartsAPage(390, 844), chartsAPage(1920, 1080), chartsAPage(3440, 1440), chartsAPage(900, 420)]).toEqual([
    { columns: 1, rows: 2 },
    { columns: 2, rows: 2 },
    { columns: 3, rows: 2 },
    { columns: 2, rows: 1 },
  ]);
});

test("type grows with the screen", () => {
  expect([wallZoom(390, 844), wallZoom(1920, 1080).toFixed(2), wallZoom(3840, 2160)]).toEqual([1, "2.04", 3]);
});

const at = (isOver: boolean, updatedMs: number) => ({ isOver, updatedMs });

test("runs that should report and do not are silent; where none should, nothing is", () => {
  expect([
    freshnessOf([at(false, 0), at(false, 400_000)], 500_000),
    freshnessOf([at(false, 0), at(true, 400_000)], 500_000),
    freshnessOf([at(true, 0)], 500_000),
    freshnessOf([], 500_000),
  ]).toEqual(["fresh", "silent", "over", "over"]);
});
