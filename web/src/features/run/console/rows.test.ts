import { expect, test } from "vitest";
import { matchesIn, partsOf, rowsOf, textFrom, type ConsoleRow } from "./rows";
import type { HeldLine } from "./lines";

const TIME = "2026-01-02T03:04:05.000Z";

function line(number: number, text: string, more: Partial<HeldLine> = {}): HeldLine {
  const key = `${more.attempt ?? 1}/0/out/${number}`;
  return { key, place: number, attempt: 1, rank: 0, stream: "out", line: number, time: TIME, text, left_out: 0, ...more };
}

function rows(lines: readonly HeldLine[], more: { removed?: number; hasOlder?: boolean } = {}): ConsoleRow[] {
  return rowsOf({ lines, removed: 0, hasOlder: false, isLoaded: true, ...more });
}

const said = (row: ConsoleRow) => {
  if (row.kind === "line") return row.text;
  return `${row.kind} ${row.kind === "attempt" ? row.attempt : row.count}`;
};

test("a run of one attempt is its lines", () => {
  expect(rows([line(1, "a"), line(2, "")]).map(said)).toEqual(["a", ""]);
});

test("attempts are told apart once there are two", () => {
  expect(rows([line(1, "a"), line(1, "b", { attempt: 2 })]).map(said)).toEqual(["attempt 1", "a", "attempt 2", "b"]);
});

test("what was left out stands before the line that says so, what was removed at the very beginning", () => {
  expect(rows([line(1, "a"), line(2, "b", { left_out: 40 })], { removed: 9 }).map(said)).toEqual(["removed 9", "a", "gap 40", "b"]);
  expect(rows([line(1, "a")], { removed: 9, hasOlder: true }).map(said)).toEqual(["a"]);
});

test("lines that policy withholds are one row, cut by gaps", () => {
  const withheld = [line(1, "<text>"), line(2, "<text>"), line(3, "said"), line(4, "<text>"), line(5, "<text>", { left_out: 3 })];
  expect(rows(withheld).map(said)).toEqual(["withheld 2", "said", "withheld 1", "gap 3", "withheld 1"]);
});

test("the codes of a terminal are not shown", () => {
  expect(rows([line(1, "\u001B[34m\u001B[1mtrain: \u001B[0mScanning\u001B[K")]).map(said)).toEqual(["train: Scanning"]);
});

test("rows keep their key while a line is replaced", () => {
  const [before] = rows([line(1, "10%")]);
  const [after] = rows([line(1, "20%", { place: 7 })]);
  expect(after?.key).toBe(before?.key);
});

test("a search finds lines whatever their case, and nothing without a query", () => {
  const all = rows([line(1, "Epoch 1"), line(2, "done"), line(3, "EPOCH 2", { left_out: 1 })]);
  expect(matchesIn(all, "epoch")).toEqual([0, 3]);
  expect(matchesIn(all, "")).toEqual([]);
});

const cut = (text: string, query: string) => partsOf(text, query).map((part) => (part.isMatch ? `[${part.text}]` : part.text));

test("a text is cut at each match", () => {
  expect(cut("an Anagram", "an")).toEqual(["[an]", " ", "[An]", "agram"]);
  expect(cut("none", "x")).toEqual(["none"]);
  expect(cut("İstanbul", "i")).toEqual(["İstanbul"]); // whose small form has another length: not cut at the wrong place
  expect(cut("", "x")).toEqual([""]);
});

test("as text, with times where they are shown", () => {
  const all = rows([line(1, "a"), line(2, "b", { left_out: 2 })]);
  expect(textFrom(all, said, false)).toBe("a\n--- gap 2 ---\nb\n");
  expect(textFrom(all, said, true)).toBe(`${TIME} a\n--- gap 2 ---\n${TIME} b\n`);
});
