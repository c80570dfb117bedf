import { expect, test } from "vitest";
import type { ChartLook } from "../charts/scene";
import { lookWith, ownSettings, parseSettings, roundedEnds, settingsText, xChoiceOf, type ChartSettings } from "./settings";

const page: ChartLook = { axis: "step", log: false, smoothing: 0.6, theme: "light", locale: "en", attempts: [{ x: 1, label: "attempt 2" }] };
const axisOf = (name: string) => ({ name, label: name, unit: "" });

test.each<[string, ChartSettings]>([
  ["log", { scale: "log" }],
  ["m0.9,clip", { smoother: "median", smoothing: 0.9, clip: true }],
  ["linear,e0,whole,y0:5", { scale: "linear", smoother: "ema", smoothing: 0, clip: false, y: [0, 5] }],
  ["y:0.001", { y: [null, 0.001] }],
  ["xepoch", { x: "epoch" }],
  ["y0:5,w10:20.5,xepoch", { y: [0, 5], window: [10, 20.5], x: "epoch" }],
  ["log,x~class/a,b/AP50", { scale: "log", x: "~class/a,b/AP50" }],
])("%s is read and written alike", (text, settings) => {
  expect(parseSettings(text)).toEqual(settings);
  expect(settingsText(settings)).toBe(text);
});

test("what is not understood is left out", () => {
  expect(parseSettings("bogus,y5:1,w3:,w5:1,whole?,yx:z,m7,xnever")).toEqual({ smoother: "median", smoothing: 0.99 });
  expect([xChoiceOf("~"), xChoiceOf(3), xChoiceOf("time")]).toEqual([undefined, undefined, "time"]);
});

test("what says the same as the page is no setting", () => {
  expect(ownSettings({ scale: "linear", smoothing: 0.6, smoother: "ema", clip: false, x: "step", y: [null, null] }, page)).toEqual({});
  expect(ownSettings({ scale: "log", smoothing: 0, clip: true, x: "epoch", y: [0, null] }, page)).toEqual({
    scale: "log",
    smoothing: 0,
    smoother: "ema",
    clip: true,
    x: "epoch",
    y: [0, null],
  });
});

test("a chart is zoomed by itself only along an x axis of its own", () => {
  expect(ownSettings({ x: "epoch", window: [1, 5] }, page)).toEqual({ x: "epoch", window: [1, 5] });
  expect(ownSettings({ x: "step", window: [1, 5] }, page)).toEqual({});
  expect(ownSettings({ window: [1, 5] }, page)).toEqual({});
});

test("a chart without settings has the look of the page itself", () => {
  expect(lookWith(page, {}, axisOf)).toBe(page);
});

test("a chart over another series counts in steps, and shows no stages of the page's axis", () => {
  const look = lookWith({ ...page, axis: "epoch" }, { x: "~metrics/mAP50", y: [0, 1] }, axisOf);
  expect([look.axis, look.against, look.yRange, look.attempts]).toEqual(["step", axisOf("metrics/mAP50"), [0, 1], []]);
});

test("a chart with its own axis leaves that of the page", () => {
  const look = lookWith({ ...page, against: axisOf("a") }, { x: "elapsed" }, axisOf);
  expect([look.axis, look.against]).toEqual(["elapsed", null]);
});

test("a range drawn by hand is rounded to what can be seen", () => {
  expect(roundedEnds([0.123456, 0.987654])).toEqual([0.1235, 0.9877]);
});
