import { expect, test } from "vitest";
import { toggled } from "./legend-state";

const NAMES = ["a", "b", "c"];

test("a click hides a line, the next shows it", () => {
  const hidden = toggled(new Set(), NAMES, "b", false);
  expect([...hidden]).toEqual(["b"]);
  expect([...toggled(hidden, NAMES, "b", false)]).toEqual([]);
});

test("isolating shows one line, doing it again shows all", () => {
  const alone = toggled(new Set(["b"]), NAMES, "b", true);
  expect([...alone]).toEqual(["a", "c"]);
  expect([...toggled(alone, NAMES, "b", true)]).toEqual([]);
});
