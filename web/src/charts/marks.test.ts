import { expect, test } from "vitest";
import { flagsOf, marksOf, shadeOf } from "./options/marks";
import type { Plot } from "./plot";
import { attemptAt, stagesAt } from "./readout";
import type { ChartLook } from "./scene";

const plot: Plot = { left: 50, top: 20, width: 200, height: 100, x: [0, 100], y: [0, 1], log: false };

function look(...starts: number[]): ChartLook {
  const attempts = [-Infinity, ...starts].map((x, at) => ({ x, label: `attempt ${at + 1}` }));
  return { axis: "epoch", log: false, smoothing: 0, theme: "light", locale: "en", attempts };
}

test("each later attempt has a mark where it begins", () => {
  expect(marksOf(look(10, 60), plot)).toEqual([
    { kind: "attempt", px: 70.5, label: "attempt 2", side: "right" },
    { kind: "attempt", px: 170.5, label: "attempt 3", side: "right" },
  ]);
});

test("what begins outside of the window has none", () => {
  expect(marksOf(look(-5, 101), plot)).toEqual([]);
});

test("labels leave each other room, and stay inside", () => {
  expect(marksOf(look(10, 15, 95), plot).map(({ label, side }) => [label, side])).toEqual([
    ["attempt 2", "right"],
    ["", "right"],
    ["attempt 4", "left"],
  ]);
});

test("a point belongs to the attempt that had begun", () => {
  const { attempts } = look(10, 60);
  expect([0, 10, 59.9, 60].map((at) => attemptAt({ ...look(), attempts }, at))).toEqual(["attempt 1", "attempt 2", "attempt 2", "attempt 3"]);
});

test("stages stand among the attempts in order, and give way to one another", () => {
  const stages = [
    { x: 12, label: "warm-up ends" },
    { x: 50, label: "mosaic off" },
  ];
  expect(marksOf({ ...look(10), stages }, plot).map(({ kind, label }) => [kind, label])).toEqual([
    ["attempt", "attempt 2"],
    ["stage", ""],
    ["stage", "mosaic off"],
  ]);
});

test("of flags in one place the gravest is drawn, and a stage's name makes room for it", () => {
  const flags = [
    { x: 10, label: "a note", tone: "info" },
    { x: 10, label: "a problem", tone: "critical" },
    { x: 10.1, label: "a warning", tone: "warning" },
    { x: 120, label: "outside", tone: "warning" },
  ] as const;
  const flagged = { ...look(), flags, stages: [{ x: 10, label: "mosaic off" }] };
  expect(flagsOf(flagged, plot)).toEqual([{ tone: "critical", px: 70.5 }]);
  expect(marksOf(flagged, plot).map(({ label }) => label)).toEqual([""]);
});

test("a stretch to look at is shaded as far as it is within the window, and never too thin to see", () => {
  const shaded = (from: number, to: number) => shadeOf({ ...look(), shaded: [from, to] }, plot);
  expect([shaded(50, 150), shaded(20, 20), shaded(101, 110), shadeOf(look(), plot)]).toEqual([{ px: 150, width: 100 }, { px: 90, width: 2 }, null, null]);
});

const many = (count: number) => Array.from({ length: count }, (_, at) => ({ x: at + 1, label: `act ${at + 1}` }));

test("of a hundred stages those that stand close together are one with a count, and a closer look parts them", () => {
  const far = marksOf({ ...look(), stages: many(100) }, plot);
  expect(far.map(({ px }) => px)).toEqual([52.5, 76.5, 100.5, 124.5, 148.5, 172.5, 196.5, 220.5, 244.5]);
  expect(far[0]?.label).toBe("act 1 +11");
  expect(marksOf({ ...look(), stages: many(100) }, { ...plot, x: [0, 10] })).toHaveLength(10);
});

test("a dozen stages stand each for itself", () => {
  expect(marksOf({ ...look(), stages: many(12) }, plot)).toHaveLength(12);
});

test("the readout names the nearest of many, and counts the others", () => {
  expect(stagesAt({ ...look(), stages: many(10) }, 3, 4)).toEqual(["act 3", "act 2", "act 4", "act 1", "act 5", "act 6", "+1"]);
  expect(stagesAt({ ...look(), stages: many(10) }, 3, 1)).toEqual(["act 2", "act 3", "act 4"]);
});
