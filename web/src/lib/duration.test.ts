import { expect, test } from "vitest";
import { durationOf } from "./duration";

const created = "2026-01-01T00:00:00Z";

test("what a run says of its time counts", () => {
  expect(durationOf({ created, ended: "2026-01-01T00:01:30Z", elapsed_s: 80 })).toBe(80);
});

test("a run that logged no time lasted from its creation to its end", () => {
  expect(durationOf({ created, ended: "2026-01-01T00:01:30Z", elapsed_s: null })).toBe(90);
});

test("a run that goes on and logged no time has no duration", () => {
  expect(durationOf({ created, ended: null, elapsed_s: null })).toBeNull();
});
