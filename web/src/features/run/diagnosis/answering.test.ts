import { beforeAll, expect, test } from "vitest";
import { createInstance } from "i18next";
import type { Action } from "../../../api/client";
import acts from "../../../i18n/en/acts.json";
import diagnosis from "../../../i18n/en/diagnosis.json";
import { command } from "../../../acts/testing";
import { actionWords, answersTo, isAnswering, isMeasuring, whatWords, wishToAnswer, workedWords } from "./answering";
import { ruleOf } from "./timeline";

const texts = createInstance();
beforeAll(() => texts.init({ lng: "en", resources: { en: { acts, diagnosis } } }));

const action: Action = {
  act: "set lr_factor=0.333",
  verb: "set",
  args: { lr_factor: 0.333 },
  preview: { en: "lr 0.01 → 0.00333 from the next batch", zh: "" },
  is_final: false,
  worked: { helped: 0, harmed: 0, none: 0 },
  done: null,
};
const words = () => ({ t: texts.getFixedT("en", "diagnosis"), acts: texts.getFixedT("en", "acts"), locale: "en" });
const measuring = {
  verdict: "measuring" as const, series: "train/total", epochs: 1, of: 3, before: null, after: null, change: null, expected: null, basis: "none" as const, runs: 0,
  sentence: { en: "", zh: "" },
};

test("what is asked for names the finding that it answers", () => {
  expect(wishToAnswer("N05", action)).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), verb: "set", args: { lr_factor: 0.333 }, cause: "N05" });
});

test("a card tells of its own answers alone, and waits for those on their way", () => {
  const all = [command({ id: "a", cause: "N05" }), command({ id: "b", cause: "N13" }), command({ id: "c" })];
  expect(answersTo("N05", all).map(({ id }) => id)).toEqual(["a"]);
  expect([isAnswering(all), isAnswering([command({ state: "accepted" })])]).toEqual([false, true]);
  expect([isMeasuring(all), isMeasuring([command({ effect: measuring })])]).toEqual([false, true]);
});

test("a button says in a few words what it does", () => {
  expect(actionWords(action, words())).toBe("Change learning rate");
  expect(actionWords({ verb: "stop", args: { how: "evaluate" } }, words())).toBe("Stop, with evaluation");
  expect(actionWords({ verb: "rollback", args: { lr_factor: 0.333 } }, words())).toBe("Roll back");
});

test("the question says what cannot be undone", () => {
  const t = words().acts;
  expect(whatWords({ verb: "stop", args: { how: "evaluate" } }, t)).toContain("Cannot be undone");
  expect(whatWords({ verb: "close_mosaic", args: {} }, t)).toContain("mosaic does not come back");
  expect(whatWords({ verb: "pause", args: {} }, t)).toBe("");
});

test("what it did before counts what helped and what harmed", () => {
  const { t } = words();
  expect(workedWords({ helped: 0, harmed: 0, none: 0 }, t)).toBe("");
  expect(workedWords({ helped: 3, harmed: 0, none: 1 }, t)).toBe("helped 3 of 4 times in this project");
  expect(workedWords({ helped: 0, harmed: 1, none: 0 }, t)).toBe("helped 0 of 1 time in this project, harmed 1");
});

test("an address may end in a card", () => {
  expect([ruleOf("finding-N05"), ruleOf(""), ruleOf("x-finding-N05")]).toEqual(["N05", null, null]);
});
