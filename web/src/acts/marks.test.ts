import { beforeAll, expect, test } from "vitest";
import { createInstance } from "i18next";
import en from "../i18n/en/acts.json";
import { actMarks, actsThatStand } from "./marks";
import { command } from "./testing";

const texts = createInstance();
beforeAll(() => texts.init({ lng: "en", resources: { en: { acts: en } } }));

const words = () => ({ t: texts.getFixedT("en", "acts"), locale: "en" });
const onSteps = { axis: "step" as const, converted: () => null };
const cut = { verb: "set" as const, result: { lr: { from: 0.01, to: 0.003 } } };

test("a mark says which finding the act answers", () => {
  expect(actMarks([command({ ...cut, cause: "N05" })], onSteps, words())).toEqual([{ x: 120, label: "lr 0.01 → 0.003 (answers N05)" }]);
  expect(actMarks([command(cut)], onSteps, words())).toEqual([{ x: 120, label: "lr 0.01 → 0.003" }]);
});

const attempt = (started: string, step: number | null, epoch: number | null) => ({ started, start_step: step, start_epoch: epoch });
const first = attempt("2026-01-01T09:00:00Z", null, null);
const ids = (...attempts: Parameters<typeof actsThatStand>[1]) => (acts: Parameters<typeof actsThatStand>[0]) => actsThatStand(acts, [first, ...attempts]).map(({ id }) => id);
const at = (id: string, step: number | null, epoch: number | null) => command({ id, applied_at: { step, epoch, time: "2026-01-01T10:00:00Z" } });

test("what was done to points that were trained again has no place on the curves", () => {
  const kept = ids(attempt("2026-01-01T11:00:00Z", 100, 2));
  expect(kept([at("before", 99, 1.98), at("behind", 100, 2), at("far", 150, 3)])).toEqual(["before"]);
  expect(kept([at("ends", null, 2), at("behind", null, 2.1)])).toEqual(["ends"]);
});

test("what the newest attempt was asked stays, and so does what nobody can place, and the way back itself", () => {
  expect(ids(attempt("2026-01-01T09:30:00Z", 100, 2))([at("later", 150, 3)])).toEqual(["later"]);
  expect(ids(attempt("2026-01-01T11:00:00Z", null, null))([at("unknown", 150, 3)])).toEqual(["unknown"]);
  expect(ids(attempt("2026-01-01T11:00:00Z", 100, 2))([{ ...at("back", 150, 3), verb: "rollback" }])).toEqual(["back"]);
});
