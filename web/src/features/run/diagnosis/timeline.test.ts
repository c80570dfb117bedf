import { expect, test } from "vitest";
import { happened } from "./testing";
import { endOf, ticksOf, timelineRows } from "./timeline";

const stretches = (...lines: Parameters<typeof timelineRows>[0]) => timelineRows(lines).map(({ rule, severity, stretches: all }) => [rule, severity, all.map(({ from, to }) => [from, to])]);

test("a finding is open from where it opened to where it closed, and again", () => {
  expect(stretches(happened("A", "opened", 2), happened("A", "closed", 5), happened("A", "reopened", 8))).toEqual([["A", "warning", [[2, 5], [8, null]]]]);
});

test("what got worse counts as what it became, and stands first", () => {
  const lines = [happened("B", "opened", 1), happened("A", "opened", 3), happened("A", "raised", 4, "critical"), happened("C", "opened", 0, "info")];
  expect(stretches(...lines)).toEqual([["A", "critical", [[3, null]]], ["B", "warning", [[1, null]]], ["C", "info", [[0, null]]]]);
});

test("people's words and an end without a beginning draw nothing", () => {
  expect(stretches(happened("A", "closed", 5), happened("B", "dismissed", 3))).toEqual([]);
});

test("what happened before the first epoch stands at the beginning", () => {
  expect(stretches(happened("P01", "opened", null))).toEqual([["P01", "warning", [[0, null]]]]);
});

test("the strip reaches as far as the run and its findings", () => {
  const rows = timelineRows([happened("A", "opened", 2), happened("A", "closed", 12)]);
  expect([endOf(rows, 10), endOf(rows, 30), endOf([], 0)]).toEqual([12, 30, 1]);
});

test("ticks are round", () => {
  expect([ticksOf(1), ticksOf(24), ticksOf(300)]).toEqual([[0, 1], [0, 5, 10, 15, 20], [0, 50, 100, 150, 200, 250, 300]]);
});
