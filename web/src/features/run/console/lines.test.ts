import { expect, test } from "vitest";
import type { ConsoleLine } from "../../../api/client";
import { merged } from "./lines";

function line(place: number, text: string, more: Partial<ConsoleLine> = {}): ConsoleLine {
  return { place, attempt: 1, rank: 0, stream: "out", line: place, time: "2026-01-02T03:04:05.000Z", text, left_out: 0, ...more };
}

const texts = (lines: readonly ConsoleLine[]) => lines.map(({ text }) => text);

test("what is new comes behind what is known", () => {
  const known = merged([], [line(1, "a"), line(2, "b")]);
  expect(texts(merged(known, [line(3, "c")]))).toEqual(["a", "b", "c"]);
});

test("an older page comes before it", () => {
  const known = merged([], [line(3, "c")]);
  expect(texts(merged(known, [line(1, "a"), line(2, "b")]))).toEqual(["a", "b", "c"]);
});

test("a line that comes again stands once, where it came last", () => {
  const known = merged([], [line(1, "10%", { stream: "err", line: 0 }), line(2, "said")]);
  expect(texts(merged(known, [line(3, "20%", { stream: "err", line: 0 })]))).toEqual(["said", "20%"]);
});

test("an older page does not bring back what has changed since", () => {
  const known = merged([], [line(9, "90%", { stream: "err", line: 0 })]);
  expect(texts(merged(known, [line(1, "10%", { stream: "err", line: 0 }), line(2, "said")]))).toEqual(["said", "90%"]);
});

test("what an older attempt still says stays with that attempt", () => {
  const known = merged([], [line(1, "first"), line(2, "second", { attempt: 2 })]);
  expect(texts(merged(known, [line(3, "late")]))).toEqual(["first", "late", "second"]);
});

test("two progress bars that move in turn stay in their order", () => {
  const bar = (place: number, number: number, text: string) => line(place, text, { stream: "err", line: number });
  let lines = merged([], [bar(1, 0, "epoch 1"), bar(2, 1, "batch 10"), line(3, "said")]);
  lines = merged(lines, [bar(4, 1, "batch 20")]);
  lines = merged(lines, [bar(5, 0, "epoch 2")]);
  expect(texts(lines)).toEqual(["said", "epoch 2", "batch 20"]);
});

test("the same numbers of another stream, attempt or rank are other lines", () => {
  const all = [line(1, "a", { line: 0 }), line(2, "b", { line: 0, stream: "err" }), line(3, "c", { line: 0, rank: 1 })];
  expect(texts(merged([], [...all, line(4, "d", { line: 0, attempt: 2 })]))).toEqual(["a", "b", "c", "d"]);
});

test("a page without lines changes nothing, not even the array", () => {
  const known = merged([], [line(1, "a")]);
  expect(merged(known, [])).toBe(known);
});
