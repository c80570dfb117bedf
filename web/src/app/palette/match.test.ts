import { expect, test } from "vitest";
import { ANY_LETTERS, filterOfLetters, filterOfWords, ranked, scoreOf, WHOLE_WORDS } from "./match";

const byItself = (text: string) => text;

test("what begins with the word comes before what holds it, and that before scattered letters", () => {
  const names = ["sort-axis-night", "tonight", "n-i-g-h-t", "night", "night shift", "day"];
  expect(ranked(names, { typed: "NIGHT", atLeast: ANY_LETTERS }, byItself)).toEqual(["night", "night shift", "sort-axis-night", "tonight", "n-i-g-h-t"]);
  expect(ranked(names, { typed: "night", atLeast: WHOLE_WORDS }, byItself)).not.toContain("n-i-g-h-t");
});

test("each word has to be there, in any order", () => {
  expect(scoreOf("yolo11n 640 划痕/轻微 (A)", "轻微 yolo")).not.toBeNull();
  expect(scoreOf("yolo11n 640", "yolo 1280")).toBeNull();
});

test("without a word everything answers, in its order", () => {
  expect(ranked(["b", "a"], { typed: "  ", atLeast: ANY_LETTERS }, byItself)).toEqual(["b", "a"]);
});

test("names are asked for by patterns in which nothing of what was typed is special", () => {
  expect(filterOfWords('a+ "b')).toBe('name matches "(?i)a\\\\+" and name matches "(?i)\\"b"');
  expect(filterOfLetters("y1.")).toBe('name matches "(?i)y.*1.*\\\\."');
});
