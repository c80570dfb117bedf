import { expect, test } from "vitest";
import { abilitiesFrom, excuseFor, excuseForEnd, excuseNow, HOWS, refusedSettings, standingOf, type Abilities } from "./can";
import { command } from "./testing";

const CONTROL = {
  verbs: ["pause", "resume", "stop", "set", "note", "close_mosaic", "validate"],
  settings: ["lr", "lr_factor", "patience"],
  cannot: { save: "version_cannot", "set.batch": "framework_cannot", "set.imgsz": "framework_cannot", "set.epochs": "several_machines", "pause.release": "framework_cannot" },
  ranks: 1,
  version: 1,
};
const abilities: Abilities = abilitiesFrom({ control: CONTROL }) ?? { verbs: [], settings: [], cannot: {} };

test("what a training said is taken, and what is no such word is left out", () => {
  expect(abilitiesFrom({})).toBeNull();
  expect(abilitiesFrom({ control: "yes" })).toBeNull();
  expect(abilitiesFrom({ control: { verbs: ["stop", 3], settings: null, cannot: { save: 1, pause: "failed" } } })).toEqual({ verbs: ["stop"], settings: [], cannot: { pause: "failed" } });
});

test("a verb or a setting has the reason that was told, or that of the framework", () => {
  expect(["pause", "save", "rollback", "set.lr", "set.batch", "set.epochs", "set.box", "pause.release"].map((word) => excuseFor(abilities, word))).toEqual([
    null,
    "version_cannot",
    "framework_cannot",
    null,
    "framework_cannot",
    "several_machines",
    "framework_cannot",
    "framework_cannot",
  ]);
});

test("a training can be killed whatever it can", () => {
  expect(HOWS.map((how) => excuseForEnd({ ...abilities, verbs: [] }, how))).toEqual(["framework_cannot", "framework_cannot", "framework_cannot", null]);
  expect(HOWS.map((how) => excuseForEnd(abilities, how))).toEqual([null, null, "framework_cannot", null]);
});

test("what would wait while it is paused is not offered, and mosaic is closed once", () => {
  const paused = { state: "paused" as const, acts: [] };
  expect([excuseNow(abilities, "validate", paused), excuseNow(abilities, "set", paused), excuseNow(abilities, "resume", paused)]).toEqual(["paused", null, null]);
  const closed = { state: "running" as const, acts: [command({ verb: "close_mosaic" })] };
  expect([excuseNow(abilities, "close_mosaic", closed), excuseNow(abilities, "close_mosaic", { ...closed, acts: [] })]).toEqual(["mosaic_closed", null]);
});

test("who takes no commands is told why", () => {
  const run = { state: "running" as const, framework: "ultralytics", settings: { control: CONTROL } };
  expect([run, { ...run, settings: {} }, { ...run, framework: "POST /log" }, { ...run, state: "crashed" as const }].map(standingOf)).toEqual(["ready", "untold", "noSidecar", "over"]);
});

test("settings that cannot be had stand together by their reason", () => {
  expect(refusedSettings(abilities)).toEqual([
    ["framework_cannot", ["batch", "imgsz"]],
    ["several_machines", ["epochs"]],
  ]);
  const gains = { "set.obj": "framework_cannot", "set.lr_factor": "framework_cannot" };
  expect([refusedSettings({ ...abilities, cannot: gains }), refusedSettings({ ...abilities, settings: ["box"], cannot: gains })]).toEqual([[["framework_cannot", ["obj"]]], []]);
});
