import { expect, test } from "vitest";
import { formatBytes, formatBytesOf, formatClock, formatDuration, formatMetric, formatNumber, formatQuantity, formatRelative, formatSeconds, formatX } from "./format";

test.each([
  [0, "0"],
  [12_345, "12,345"],
  [0.123456, "0.1235"],
  [1234.567, "1,235"],
  [0.0000321, "3.21e-5"],
  [2_000_000_000, "2e9"],
  [NaN, "NaN"],
  [Infinity, "∞"],
  [null, "–"],
])("%s reads %s", (value, text) => {
  expect(formatNumber(value, "en")).toBe(text);
});

test("metrics line up", () => {
  expect([formatMetric(0.5, "en"), formatMetric(null, "en"), formatMetric(NaN, "en")]).toEqual(["0.5000", "–", "NaN"]);
});

test("units follow the value, memory in powers of 1024", () => {
  expect(formatQuantity(85, "%", "en")).toBe("85%");
  expect(formatQuantity(0.12, "s", "en")).toBe("120 ms");
  expect(formatBytes(1.5 * 1024 ** 3, "en")).toBe("1.5 GiB");
  expect(formatBytes(0, "en")).toBe("0 B");
  expect(formatQuantity(3 * 1024 ** 2, "B/s", "en")).toBe("3 MiB/s");
  expect([1.41e9, 875e6, 12].map((value) => formatQuantity(value, "Hz", "en"))).toEqual(["1.41 GHz", "875 MHz", "12 Hz"]);
});

test("durations have the two largest units, in the reader's language", () => {
  expect([0, 45, 3_600, 7_530, 90_061].map((s) => formatDuration(s, "en"))).toEqual(["0s", "45s", "1h", "2h 5m", "1d 1h"]);
  expect(formatDuration(7_530, "zh")).toBe("2小时 5分钟");
  expect(formatDuration(null, "en")).toBe("–");
});

test("clock times show seconds where they matter", () => {
  expect([formatClock(65, true), formatClock(3_905, true), formatClock(3_905, false)]).toEqual(["1:05", "1:05:05", "1:05"]);
});

test("the past is told relative to now", () => {
  expect(formatRelative(0, 5 * 60_000, "en")).toBe("5m ago");
  expect(formatRelative(0, 5 * 60_000, "zh")).toBe("5分钟前");
  expect(formatRelative(0, 2_000, "zh")).toBe("现在");
});

test("x values are told in their unit", () => {
  expect(formatX(1234, "step", "en")).toBe("1,234");
  expect(formatX(3.256, "epoch", "en")).toBe("3.26");
  expect(formatX(90, "elapsed", "en")).toBe("1m 30s");
});

test("measured times have the unit that suits them", () => {
  const texts = [0, 0.000_24, 0.0381, 1.25, 300].map((value) => formatSeconds(value, "en"));
  expect(texts).toEqual(["0 s", "240 µs", "38.1 ms", "1.25 s", "5m"]);
});

test("a part of a whole is told in the unit of the whole", () => {
  expect(formatBytesOf(246 * 1024 ** 2, 24 * 1024 ** 3, "en")).toBe("0.2 / 24 GiB");
  expect(formatBytesOf(120.4 * 1024 ** 3, 256 * 1024 ** 3, "en")).toBe("120 / 256 GiB");
  expect(formatBytesOf(0, 0, "en")).toBe("0 / 0 B");
});
