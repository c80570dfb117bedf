import { expect, test } from "vitest";
import type { Level } from "../levels";
import type { Member } from "../members";
import { baselineVoice, groupedBy, voicesOf } from "./voices";

const member = (id: string, color: number): Member => ({ id, name: id, short: id.toUpperCase(), color, isShown: true, isOutside: false, row: JSON.parse("{}") });
const shown = [member("a", 3), member("b", 0)];
const levels: Level[] = [
  { key: "640", text: "640", color: 0, runs: ["a", "hidden"] },
  { key: "960", text: "960", color: 1, runs: ["hidden"] },
  { key: "null", text: "null", color: 2, runs: ["b"] },
];

test("without a grouping each run is a line in its own colour", () => {
  const single = { search: {}, shown, levels: null, baseline: null };
  expect(voicesOf(single, "none")).toEqual([{ id: "a", label: "A", color: 3 }, { id: "b", label: "B", color: 0 }]);
  expect([groupedBy(single), baselineVoice(single)]).toEqual([null, null]);
});

test("groups without a shown run are no line, and runs without a value are one", () => {
  expect(voicesOf({ search: { by: "config.imgsz" }, shown, levels, baseline: null }, "none").map(({ id, label }) => [id, label])).toEqual([["640", "640"], ["null", "none"]]);
});

test("the baseline is its run, or the group it is in, when differences are wanted", () => {
  const base = { shown, levels, baseline: shown[1] ?? null };
  expect(baselineVoice({ ...base, search: { by: "config.imgsz", against: true } })).toBe("null");
  expect(baselineVoice({ ...base, search: { by: "config.imgsz", against: true, each: true } })).toBe("b");
  expect(baselineVoice({ ...base, search: { by: "config.imgsz" } })).toBeNull();
});
