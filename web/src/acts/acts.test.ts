import { expect, test } from "vitest";
import { changesIn, isSame, madeOf, noticed, ofNewestAttempt, recentActs, tookS, valueNow, wishFor, wishToEnd, withAct } from "./acts";
import { command } from "./testing";

test("each wish has an id of its own, that the server takes", () => {
  const [one, other] = [wishFor("save"), wishFor("save")];
  expect(one.id).toMatch(/^[0-9a-f]{32}$/);
  expect(one.id).not.toBe(other.id);
  expect(isSame(one, other)).toBe(true);
  expect(isSame(wishFor("set", { lr: 1 }), wishFor("set", { lr: 2 }))).toBe(false);
});

test("how long a command may wait is left to the server, which knows it of each verb", () => {
  expect(wishFor("pause", {}, "a")).toEqual({ id: "a", verb: "pause", args: {} });
  expect(wishToEnd("kill", "a")).toEqual({ id: "a", verb: "stop", args: { how: "kill" } });
  expect(wishToEnd("resumable", "a")).toEqual({ id: "a", verb: "stop", args: { how: "resumable" } });
  expect(wishToEnd("release", "a")).toEqual({ id: "a", verb: "pause", args: { release: true } });
});

test("an answer takes the place of the act, or stands before all", () => {
  const old = command({ id: "a", state: "sent" });
  expect(withAct([old], command({ id: "b" })).map(({ id }) => id)).toEqual(["b", "a"]);
  expect(withAct([old], command({ id: "a", state: "applied" })).map(({ state }) => state)).toEqual(["applied"]);
});

test("what was settled is told for a while by the page's own clock, what was so before is not", () => {
  const [before, open] = [command({ id: "old" }), command({ id: "new", state: "accepted", settled: null })];
  const first = noticed(null, [open, before], 1_000);
  expect(recentActs([open, before], first, 1_000).map(({ id }) => id)).toEqual(["new"]);
  expect(noticed(first, [open, before], 2_000)).toBe(first);
  const done = [command({ id: "new" }), before];
  const then = noticed(first, done, 5_000);
  expect([24_999, 25_000].map((now) => recentActs(done, then, now).map(({ id }) => id))).toEqual([["new"], []]);
});

const at = (time: string) => command({ id: time, applied_at: { step: 1, epoch: 1, time } });

test("what was done to an older attempt went with its process", () => {
  const acts = [command({ id: "open", applied_at: null }), at("2026-01-01T12:00:00Z"), at("2026-01-01T10:00:00Z")];
  const attempts = [{ started: "2026-01-01T09:00:00Z" }, { started: "2026-01-01T11:00:00Z" }];
  expect(ofNewestAttempt(acts, attempts).map(({ id }) => id)).toEqual(["open", "2026-01-01T12:00:00Z"]);
  expect(ofNewestAttempt(acts, [])).toHaveLength(3);
});

test("the time that it took", () => {
  expect(tookS(command())).toBeCloseTo(0.4);
  expect(tookS(command({ settled: null }))).toBeNull();
});

test("changes are what went from one number to another", () => {
  expect(changesIn({ lr: { from: 0.01, to: 0.003 }, patience: { from: null, to: 50 }, file: "a.pt", warmup: true, odd: { to: "x" } })).toEqual([
    { name: "lr", from: 0.01, to: 0.003 },
    { name: "patience", from: null, to: 50 },
  ]);
});

test("a setting is what the newest applied act made of it", () => {
  const acts = [command({ state: "refused", result: { patience: { to: 1 } } }), command({ result: { patience: { from: 100, to: 50 } } }), command({ result: { patience: { to: 9 } } })];
  expect([madeOf(acts, "patience"), madeOf(acts, "box")]).toEqual([50, null]);
});

test("what a setting is now comes from the curve, the acts, the settings in effect and what was asked for, in this order", () => {
  const rate = { name: "lr/weight", family: "lr", unit: "", direction: "none" as const, title: { en: "", zh: "" }, count: 1, nan_count: 0, last: 0.02, last_step: 1, last_epoch: 1, min: 0, max: 0, best: null, best_step: null, best_epoch: null };
  const run = { epochs: 100, series: [rate], settings: { groups: [{ weight_decay: 0 }, { weight_decay: 0.0005 }], patience: 30 }, config: { box: 7.5, patience: 100 } };
  const acts = [command({ result: { cls: { from: 0.5, to: 1 } } })];
  expect(["lr", "epochs", "weight_decay", "patience", "box", "cls", "dfl"].map((name) => valueNow(run, acts, name))).toEqual([0.02, 100, 0.0005, 30, 7.5, 1, null]);
});
