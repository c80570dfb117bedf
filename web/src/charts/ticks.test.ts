import { expect, test } from "vitest";
import { byteTicks, linearTicks, logTicks, niceStep, scaleOf, secondTicks, xTicks } from "./ticks";

const labels = ({ values, label }: ReturnType<typeof linearTicks>) => values.map(label);

test("steps are round", () => {
  expect([niceStep(1, 5), niceStep(37, 5), niceStep(0.0123, 4)]).toEqual([0.2, 10, 0.005]);
});

test("linear labels have as many decimals as the step needs", () => {
  expect(labels(linearTicks(0, 1, 4, "en"))).toEqual(["0", "0.25", "0.5", "0.75", "1"]);
  expect(labels(linearTicks(0, 0.3, 3, "en"))).toEqual(["0", "0.1", "0.2", "0.3"]);
});

test("a logarithmic axis is labelled with the values, at powers of ten", () => {
  expect(labels(logTicks(-3, 0, 5, "en"))).toEqual(["0.001", "0.01", "0.1", "1"]);
});

test("within a decade a logarithmic axis has round values still", () => {
  expect(labels(logTicks(Math.log10(2), Math.log10(6), 4, "en"))).toEqual(["2", "3", "4", "5", "6"]);
});

test("memory is cut at powers of two", () => {
  expect(labels(byteTicks(0, 8 * 1024 ** 3, 4, "en"))).toEqual(["0 B", "2 GiB", "4 GiB", "6 GiB", "8 GiB"]);
});

test("steps are whole numbers, durations are clock times", () => {
  expect(labels(xTicks("step", 0, 2, 8, "en"))).toEqual(["0", "1", "2"]);
  expect(labels(xTicks("elapsed", 0, 7200, 4, "en"))).toEqual(["0:00", "0:30", "1:00", "1:30", "2:00"]);
});

test("an axis of measured times has one unit", () => {
  expect(labels(secondTicks(0, 1.6, 3, "en"))).toEqual(["0 s", "1 s"]);
  expect(labels(secondTicks(0, 0.002, 4, "en"))).toEqual(["0 ms", "0.5 ms", "1 ms", "1.5 ms", "2 ms"]);
  expect(labels(secondTicks(0, 0.000_06, 3, "en"))).toEqual(["0 µs", "20 µs", "40 µs", "60 µs"]);
  expect(labels(secondTicks(130, 250, 4, "en"))).toEqual(["2.5 min", "3 min", "3.5 min", "4 min"]);
});

test("a logarithmic axis of measured times says its units", () => {
  expect(labels(logTicks(-4, -1, 5, "en", scaleOf("s")))).toEqual(["100 µs", "1 ms", "10 ms", "100 ms"]);
});

test("within a decade a logarithmic axis cuts memory and times at their round values too", () => {
  expect(labels(logTicks(Math.log10(860 * 2 ** 20), Math.log10(925 * 2 ** 20), 3, "en", scaleOf("B")))).toEqual(["875 MiB", "900 MiB", "925 MiB"]);
  expect(labels(logTicks(Math.log10(0.8), Math.log10(1.6), 4, "en", scaleOf("s")))).toEqual(["0.8 s", "1 s", "1.2 s", "1.4 s", "1.6 s"]);
});
