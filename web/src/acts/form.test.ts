import { expect, test } from "vitest";
import { rateAfter, rateFrom, settingsOffered, wantedFrom } from "./form";

const known = { lr: 0.01, done: 5, settings: ["lr", "lr_factor", "epochs", "patience", "box", "weight_decay"] };

test("a rate is a value or a factor", () => {
  expect(["0.003", "3e-3", ".5", "×0.3", "x 0.3", "X.3", "*3"].map(rateFrom)).toEqual([
    { kind: "value", number: 0.003 },
    { kind: "value", number: 0.003 },
    { kind: "value", number: 0.5 },
    { kind: "factor", number: 0.3 },
    { kind: "factor", number: 0.3 },
    { kind: "factor", number: 0.3 },
    { kind: "factor", number: 3 },
  ]);
});

test("digits of a Chinese keyboard are digits", () => {
  expect(["０．００３", "×０.３", "-0.1"].map(rateFrom)).toEqual([
    { kind: "value", number: 0.003 },
    { kind: "factor", number: 0.3 },
    { kind: "value", number: -0.1 },
  ]);
});

test("what is no number is no rate", () => {
  for (const text of ["", "x", "0,003", "NaN", "Infinity", "0x10", "1e", "3 4", "--1"]) expect([text, rateFrom(text)]).toEqual([text, null]);
});

test("the rate that results is told without the noise of floating point", () => {
  expect(rateAfter({ kind: "factor", number: 0.3 }, 0.01)).toBe(0.003);
  expect(rateAfter({ kind: "factor", number: 0.1 }, 0.003)).toBe(0.0003);
  expect(rateAfter({ kind: "factor", number: 3 }, null)).toBeNull();
  expect(rateAfter({ kind: "value", number: 0.02 }, null)).toBe(0.02);
});

test("a factor is sent as a factor, since the rate moves on; as a value where only that is taken", () => {
  expect(wantedFrom({ lr: "×0.3" }, known).args).toEqual({ lr_factor: 0.3 });
  expect(wantedFrom({ lr: "×0.3" }, { ...known, settings: ["lr"] }).args).toEqual({ lr: 0.003 });
  expect(wantedFrom({ lr: "0.005" }, known).args).toEqual({ lr: 0.005 });
  expect(wantedFrom({ lr: "0.005" }, { ...known, settings: ["lr_factor"] }).args).toEqual({ lr_factor: 0.5 });
});

test("all that was typed is sent together; an empty field stays as it is", () => {
  expect(wantedFrom({ lr: " ", epochs: "120", patience: "50", box: "7.5", weight_decay: "0" }, known)).toEqual({
    args: { epochs: 120, patience: 50, box: 7.5, weight_decay: 0 },
    faults: {},
  });
});

test.each([
  ["lr", "0", "range"],
  ["lr", "1e9", "range"],
  ["lr", "abc", "number"],
  ["lr", "×0", "range"],
  ["lr", "×1000000", "range"],
  ["lr", "×900", null],
  ["lr", "×1001", "range"],
  ["epochs", "5", "past"],
  ["epochs", "6", null],
  ["epochs", "6.5", "whole"],
  ["epochs", "100001", "range"],
  ["patience", "0", "range"],
  ["patience", "-1", "range"],
  ["box", "1001", "range"],
  ["weight_decay", "1.5", "range"],
])("%s %s is judged as the server does: %s", (name, text, kind) => {
  expect(wantedFrom({ [name]: text }, known).faults[name]?.kind ?? null).toBe(kind);
});

test("the form shows what is taken, in its own order", () => {
  expect(settingsOffered(["box", "patience", "lr_factor", "unknown"])).toEqual(["lr", "patience", "box"]);
});
