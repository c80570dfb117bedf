import { expect, test } from "vitest";
import en from "./en";
import zh from "./zh";

function flat(value: object, prefix = ""): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    return typeof inner === "string" ? [[path, inner]] : flat(inner, path);
  });
}

const english = new Map(flat(en));
const chinese = new Map(flat(zh));
const placeholders = (text: string) => (text.match(/\{\{[^}]+\}\}|<\w+>/g) ?? []).toSorted();

test("both languages have the same texts", () => {
  expect([...chinese.keys()].toSorted()).toEqual([...english.keys()].toSorted());
});

test("no text is empty", () => {
  expect([...english, ...chinese].filter(([, text]) => text.trim() === "")).toEqual([]);
});

test("both languages fill in the same values", () => {
  for (const [key, text] of english) expect([key, placeholders(chinese.get(key) ?? "")]).toEqual([key, placeholders(text)]);
});

test("Chinese addresses the reader as 你 and uses full-width punctuation", () => {
  const faults = [...chinese].filter(([, text]) => text.includes("您") || /\p{Script=Han}[,;:!?]/u.test(text));
  expect(faults).toEqual([]);
});
