import { expect, test } from "vitest";
import { runOf } from "../testing";
import { compareRuns } from "./order";
import { orderOf } from "./terms";

const value = (id: string, of: unknown, created = "2026-01-01T00:00:00Z") => runOf(id, { created, values: { x: of } });

function sorted(sort: string, runs: ReturnType<typeof value>[]): string[] {
  return runs.toSorted(compareRuns(orderOf(sort))).map(({ id }) => id);
}

test("numbers stand before texts, and what is missing or no number last, either way", () => {
  const runs = [value("none", null), value("text", "b"), value("two", 2), value("nan", "NaN"), value("one", 1), value("first", "a")];
  expect(sorted("x", runs)).toEqual(["one", "two", "first", "text", "none", "nan"]);
  expect(sorted("-x", runs)).toEqual(["text", "first", "two", "one", "none", "nan"]);
});

test("ties stand newest first, then by the greater id, however they are sorted", () => {
  const runs = [value("old", 1, "2026-01-01T00:00:00Z"), value("a", 1, "2026-01-02T00:00:00Z"), value("b", 1, "2026-01-02T00:00:00Z")];
  expect(sorted("x", runs)).toEqual(["b", "a", "old"]);
  expect(sorted("-x", runs)).toEqual(["b", "a", "old"]);
  expect(sorted("", runs)).toEqual(["b", "a", "old"]);
});

test("a second name decides where the first does not", () => {
  const runs = [runOf("a", { state: "running", epoch: 1 }), runOf("b", { state: "failed", epoch: 2 }), runOf("c", { state: "running", epoch: 3 })];
  expect(sorted("state,-epoch", runs)).toEqual(["b", "c", "a"]);
});

test("runs stand by how grave their health is, those that were not judged last", () => {
  const runs = [runOf("none"), runOf("good", { health: "healthy" }), runOf("bad", { health: "critical" }), runOf("unsure", { health: "unknown" }), runOf("warned", { health: "warning" })];
  expect(sorted("-health", runs)).toEqual(["bad", "warned", "unsure", "good", "none"]);
});
