import { expect, test } from "vitest";
import { sortedFindings, type Cause } from "./sorted";
import { findingOf } from "./testing";

const told = (causes: readonly Cause[]) => causes.map(({ finding, effects }) => [finding.rule, effects.map(({ rule }) => rule)]);

test("effects stand under the cause at the beginning of their chain", () => {
  const items = [findingOf("N10"), findingOf("L02", { caused_by: "N10" }), findingOf("G04", { caused_by: "L02" })];
  expect(told(sortedFindings(items).problems)).toEqual([["N10", ["L02", "G04"]]]);
});

test("a finding stands by itself once its cause is over, dismissed or not there", () => {
  const dismissed = { time: "2026-01-01T00:00:00Z", reason: "" };
  const items = [
    findingOf("A", { status: "closed" }),
    findingOf("B", { dismissed }),
    findingOf("of-a", { caused_by: "A" }),
    findingOf("of-b", { caused_by: "B" }),
    findingOf("of-none", { caused_by: "Z" }),
  ];
  const { problems, closed, dismissed: gone } = sortedFindings(items);
  expect(told(problems)).toEqual([["of-a", []], ["of-b", []], ["of-none", []]]);
  expect([closed, gone].map((part) => part.map(({ rule }) => rule))).toEqual([["A"], ["B"]]);
});

test("findings that name each other are not lost", () => {
  const items = [findingOf("A", { caused_by: "B" }), findingOf("B", { caused_by: "A" })];
  const { problems } = sortedFindings(items);
  expect(problems.flatMap(({ finding, effects }) => [finding, ...effects]).map(({ rule }) => rule).toSorted()).toEqual(["A", "B"]);
});

test("critical ones come before warnings, and a note with a warning for its effect is no mere note", () => {
  const items = [findingOf("note", { severity: "info" }), findingOf("warned"), findingOf("cause", { severity: "info" }), findingOf("effect", { severity: "critical", caused_by: "cause" })];
  const { problems, notes } = sortedFindings(items);
  expect([told(problems), told(notes)]).toEqual([[["cause", ["effect"]], ["warned", []]], [["note", []]]]);
});
