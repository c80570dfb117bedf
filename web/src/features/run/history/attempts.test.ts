import { expect, test } from "vitest";
import { beginningOf, evidenceFrom, hasEvidence, secondsOf, successorOf, type Attempt } from "./attempts";

function attempt(number: number, more: Partial<Attempt> = {}): Attempt {
  return {
    number,
    state: "running",
    started: "2026-01-02T03:00:00.000Z",
    ended: null,
    end_reason: null,
    exit_code: null,
    start_epoch: null,
    start_step: null,
    provenance: {},
    life: {},
    ...more,
  };
}

test("an attempt begins at the epoch that it says, else at its step", () => {
  expect(beginningOf(attempt(2, { start_epoch: 3, start_step: 90 }))).toEqual({ axis: "epoch", at: 3 });
  expect(beginningOf(attempt(2, { start_step: 90 }))).toEqual({ axis: "step", at: 90 });
  expect(beginningOf(attempt(1))).toBeNull();
});

test("of the later attempts the one that began earliest took the place", () => {
  const attempts = [attempt(1), attempt(2, { start_epoch: 8 }), attempt(3, { start_epoch: 5 }), attempt(4, { start_epoch: 6 })];
  const [first, second, third, fourth] = attempts.map((one) => successorOf(attempts, one));
  expect([first, second]).toEqual([{ axis: "epoch", at: 5, by: 3 }, { axis: "epoch", at: 5, by: 3 }]);
  expect([third, fourth]).toEqual([{ axis: "epoch", at: 6, by: 4 }, null]);
});

test("a living attempt lasts until now, one whose end is unknown for no time that could be told", () => {
  const now = Date.parse("2026-01-02T03:01:00.000Z");
  expect(secondsOf(attempt(1), true, now)).toBe(60);
  expect(secondsOf(attempt(1), false, now)).toBeNull();
  expect(secondsOf(attempt(1, { ended: "2026-01-02T03:00:05.000Z" }), false, now)).toBe(5);
});

test("what was seen is read, and what is not understood is left out", () => {
  const stack = { wall_ns: 1_700_000_000_000_000_000, by: "py-spy", why: "stalled", lines: ["a.py:3"] };
  const seen = evidenceFrom({ stack, oom_kills: 2, fault: { lines: ["Fatal"] } });
  expect(seen.stack).toEqual({ timeMs: 1_700_000_000_000, by: "py-spy", why: "stalled", lines: ["a.py:3"] });
  expect([seen.fault, seen.memoryKills, hasEvidence(seen)]).toEqual([["Fatal"], 2, true]);
  const nothing = evidenceFrom({ stack: "x", oom_kills: null, fault: { lines: [] }, other: 1 });
  expect([nothing, hasEvidence(nothing)]).toEqual([{ stack: null, fault: null, memoryKills: 0 }, false]);
});
