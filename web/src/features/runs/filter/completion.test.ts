import { expect, test } from "vitest";
import { completedWith, markedAt, narrowed, pointsFrom, replacedAt, unitsFrom, type Completion, type Completions } from "./completion";

const item = (text: string, kind: Completion["kind"] = "field"): Completion => ({ text, kind, detail: "", count: null });
const NAMES: Completions = { text: "na and x", from: 0, to: 2, items: [item("name"), item("settings.name"), item("note")] };

test("characters beyond the basic plane are one for the server and two for the field", () => {
  expect(pointsFrom('name == "🚗车" and', 13)).toBe(12);
  expect(unitsFrom('name == "🚗车" and', 12)).toBe(13);
});

test("what was typed since narrows the list in the same word", () => {
  expect(narrowed(NAMES, "nam and x", 3)).toEqual({ text: "nam and x", from: 0, to: 3, items: [item("name"), item("settings.name")] });
});

test("another word has other completions", () => {
  expect(narrowed(NAMES, "na  and x", 3)).toBeNull();
  expect(narrowed(NAMES, "xna and x", 1)).not.toBeNull();
  expect(narrowed(NAMES, "na and xy", 9)).toBeNull();
});

test("a completion takes the place of the word, and a blank follows", () => {
  expect(completedWith(NAMES, item("name"))).toEqual({ text: "name and x", caret: 5 });
  const end = { ...NAMES, text: "na", to: 2 };
  expect(completedWith(end, item("name"))).toEqual({ text: "name ", caret: 5 });
});

test("a function is closed behind its series, a list goes on behind its bracket", () => {
  const best = { text: "best(", from: 5, to: 5, items: [] };
  expect(completedWith(best, item("metrics/mAP50", "series"))).toEqual({ text: "best(metrics/mAP50) ", caret: 20 });
  expect(completedWith({ text: "tags ", from: 5, to: 5, items: [] }, item("in [", "operator"))).toEqual({ text: "tags in [", caret: 9 });
  expect(completedWith({ text: "a in [1 ", from: 8, to: 8, items: [] }, item("]", "operator"))).toEqual({ text: "a in [1] ", caret: 9 });
});

test("a place is marked by the server's count", () => {
  expect(markedAt('"🚗" == mAP', { column: 8, length: 3 })).toEqual(['"🚗" == ', "mAP", ""]);
  expect(markedAt("epoch >", { column: 8, length: 1 })).toEqual(["epoch >", "", ""]);
});

test("a name that may be meant takes the place of the unknown one", () => {
  expect(replacedAt("map50 > 0.5", { column: 1, length: 5 }, "metrics/mAP50(B)")).toBe("metrics/mAP50(B) > 0.5");
  expect(replacedAt("车 > 1", { column: 1, length: 1 }, "class/划痕/轻微 (A)/AP50")).toBe("`class/划痕/轻微 (A)/AP50` > 1");
});
