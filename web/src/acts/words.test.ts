import { createInstance } from "i18next";
import { beforeAll, expect, test } from "vitest";
import en from "../i18n/en/acts.json";
import zh from "../i18n/zh/acts.json";
import { actMarks } from "./marks";
import { askable, turnFor } from "./many";
import { REASONS } from "./reasons";
import { command } from "./testing";
import { argWords, faultWords, reasonWords, resultWords, settingsWords, settingWord, stateWords, verbWords } from "./words";

const texts = createInstance();
beforeAll(() => texts.init({ resources: { en: { acts: en }, zh: { acts: zh } }, lng: "en", interpolation: { escapeValue: false } }));
const words = () => ({ t: texts.getFixedT("en", "acts"), locale: "en" });
const inChinese = () => ({ t: texts.getFixedT("zh", "acts"), locale: "zh" });

test("a change is told with what it was and is", () => {
  const act = command({ args: { lr_factor: 0.3, patience: 50 }, result: { lr: { from: 0.01, to: 0.003 }, patience: { from: null, to: 50 }, warmup: true } });
  expect(verbWords(act, words().t)).toBe("Change");
  expect(argWords(act, words())).toBe("lr ×0.3, patience 50");
  expect(resultWords(act, words())).toBe("lr 0.01 → 0.003, patience → 50, during warm-up");
  expect(resultWords(act, inChinese())).toBe("lr 0.01 → 0.003、patience → 50、在预热期间");
});

test("a factor of which no rate came back is told as one", () => {
  expect(resultWords(command({ result: { lr_factor: { to: 0.3 } } }), words())).toBe("lr ×0.3");
});

test("a pause that releases and each way to stop have words of their own", () => {
  const acts = [command({ verb: "pause", args: { release: false } }), command({ verb: "pause", args: { release: true } }), ...["evaluate", "resumable", "kill"].map((how) => command({ verb: "stop", args: { how } }))];
  expect(acts.map((act) => verbWords(act, words().t))).toEqual(["Pause", "Release the card", "Stop, with evaluation", "Stop, resumable", "Kill"]);
});

test("a pause that ended by itself says so", () => {
  expect(resultWords(command({ verb: "resume", result: { by_itself: true } }), words())).toBe("by itself: several ranks are held for 2 h at most");
});

test("a file and what was measured are told", () => {
  expect(resultWords(command({ verb: "save", result: { file: "weights/now.pt", bytes: 6_291_456 } }), words())).toBe("written: weights/now.pt, 6 MiB");
  expect(resultWords(command({ verb: "validate", result: { "metrics/mAP50": 0.51234, "val/box_loss": 1 } }), words())).toBe("mAP50 0.5123");
});

test("a refusal says why, and an expiry who was silent", () => {
  const refused = command({ state: "refused", result: { reason: "not_paused", detail: "" } });
  expect(resultWords(refused, words())).toBe("the training is not paused; there is nothing to resume");
  expect(resultWords(command({ state: "refused", result: { reason: "failed", detail: "RuntimeError" } }), words())).toBe("it was tried and failed; the training goes on, what was changed is told (RuntimeError)");
  expect(resultWords(command({ state: "expired", accepted: null, result: null }), words())).toContain("nothing beside the training took it in time");
  expect(resultWords(command({ state: "expired", result: null }), words())).toContain("no safe point in time");
});

test("every reason has a sentence in both languages; one that is newer stands for itself", () => {
  for (const reason of REASONS) for (const { t } of [words(), inChinese()]) expect(reasonWords(reason, t)).not.toBe(reason);
  expect(reasonWords("quite_new", words().t)).toBe("quite_new");
});

test("a state says what is waited for, or how long it took", () => {
  expect(stateWords(command(), words())).toBe("applied · after 400 ms");
  expect(stateWords(command({ state: "sent", settled: null }), words())).toBe("sent · on the way to its machine");
  expect(stateWords(command({ state: "accepted", settled: null }), words())).toBe("accepted · waits for a safe point");
  expect(stateWords(command({ verb: "stop", args: { how: "evaluate" }, state: "accepted", settled: null }), words())).toBe("accepted · waits for the end of the epoch");
  expect(stateWords(command({ state: "expired" }), words())).toBe("expired");
});

test("a mark stands where the training applied it, on each axis", () => {
  const acts = [
    command({ id: "b", verb: "note", args: { text: "n".repeat(60) }, applied_at: { step: null, epoch: 3, time: "1970-01-01T00:01:00Z" } }),
    command({ id: "a", result: { lr: { from: 0.01, to: 0.003 } } }),
    command({ id: "c", state: "refused" }),
    command({ id: "d", applied_at: null }),
  ];
  const at = (axis: "step" | "epoch" | "elapsed") => actMarks(acts, { axis, converted: (epoch) => epoch * 10 }, words()).map(({ x }) => x);
  expect([at("step"), at("epoch"), at("elapsed")]).toEqual([[120, 30], [2.5, 3], [25, 30]]);
  const [rate, note] = actMarks(acts, { axis: "step", converted: () => 1 }, words());
  expect([rate?.label, note?.label.length]).toEqual(["lr 0.01 → 0.003", 40]);
  const held = [command({ id: "r", verb: "resume" }), command({ result: { lr: { from: 0.01, to: 0.003 } } }), command({ id: "p", verb: "pause" })];
  expect(actMarks(held, { axis: "step", converted: () => 1 }, words())).toEqual([{ x: 120, label: "paused, lr 0.01 → 0.003, resumed" }]);
});

test("a fault says what would be taken", () => {
  expect(faultWords({ kind: "range", least: 0, most: 10 }, "lr", words())).toBe("Use a number above 0, up to 10.");
  expect(faultWords({ kind: "past", least: 6, most: 9 }, "epochs", words())).toBe("That many epochs are complete already: use at least 6.");
  expect(faultWords({ kind: "number", least: 0, most: 10 }, "lr", words())).toContain("×0.3");
  expect(settingWord("box", inChinese().t)).toBe("损失权重 box");
  expect(settingsWords(["box", "epochs", "cls"], words().t)).toBe("Epochs, Loss weights");
  expect(settingsWords(["imgsz", "box"], inChinese().t)).toBe("图像尺寸、损失权重 box");
});

test("of many runs only those are asked that can be", () => {
  const runs = (["running", "paused", "finished", "stalled"] as const).map((state) => ({ state }));
  expect((["pause", "resume", "stop"] as const).map((verb) => askable(runs, verb).map(({ state }) => state))).toEqual([["running", "stalled"], ["paused"], ["running", "paused", "stalled"]]);
  expect([turnFor(runs), turnFor([{ state: "paused" }]), turnFor([{ state: "failed" }])]).toEqual(["pause", "resume", null]);
});
