import { expect, test } from "vitest";
import { chosenFlags, flagPlaces } from "./flags";
import { findingOf } from "./testing";

const names = ["train/box_loss", "metrics/mAP50"];
const opened = { epoch: 3, step: 30, time: null };
const double = (epoch: number) => epoch * 2;
const places = (axis: "step" | "epoch" | "elapsed", ...findings: ReturnType<typeof findingOf>[]) =>
  flagPlaces(findings, { axis, names, converted: double }).map(({ finding, x, series }) => [finding.rule, x, series]);

test("a flag stands where its finding opened, on whichever axis", () => {
  const found = findingOf("A", { series: ["train/total"], opened });
  expect([places("epoch", found), places("step", found), places("elapsed", found)].flat()).toEqual([3, 30, 6].map((x) => ["A", x, ["train/box_loss"]]));
});

test("a finding of no curve, or of no place, has no flag", () => {
  expect(places("epoch", findingOf("A", { series: ["data.x"] }), findingOf("B", { series: names, opened: { epoch: null, step: null, time: null } }))).toEqual([]);
});

test("notes are marked only if they are asked for", () => {
  const all = [findingOf("A"), findingOf("B", { severity: "info" })];
  expect((["none", "problems", "all"] as const).map((choice) => chosenFlags(all, choice).map(({ rule }) => rule))).toEqual([[], ["A"], ["A", "B"]]);
});
