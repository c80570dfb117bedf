import { expect, test } from "vitest";
import type { CardHistory, CardRow, MachineRow } from "../../api/client";
import { freeFirst, freeIn, inOrder, levelOf, nextFree, outlookFrom, releasableOf, runsOffCards, stripPaths, totalsOf } from "./derive";

const USE = { day: null, week: null, heard_day: 0, heard_week: 0 };

function card(uuid: string, changes: Partial<CardRow> = {}): CardRow {
  const plain: CardRow = {
    index: 0, uuid, name: "RTX", vendor: "nvidia", util_percent: 0, memory_bytes: null, memory_total_bytes: null, temperature_c: null,
    power_w: null, state: "idle", since: "2026-01-01T00:00:00.000Z", idle_s: 0, runs: [], processes: 0, foreign_processes: 0, use: USE,
  };
  return { ...plain, ...changes };
}

function machine(host: string, changes: Partial<MachineRow> = {}): MachineRow {
  const plain: MachineRow = {
    host, heard: "2026-01-01T00:00:00.000Z", online: true, cpus: 8, cpu_percent: 1, memory_bytes: 1, memory_total_bytes: 2, runs: [], cards: [],
    waiting: [], starts: false, startable: [],
  };
  return { ...plain, ...changes };
}

const run = (id: string) => ({ run: id, project: "p", name: id, state: "running" as const, since: null });

function history(busy: (number | null)[], util: (number | null)[]): CardHistory {
  return { uuid: "a", index: 0, name: "RTX", busy, util_percent: util, memory_max_bytes: [], runs: [] };
}

test("a card that two hosts report counts once, as used if either says so; hosts that are away do not count", () => {
  const machines = [
    machine("a", { cards: [card("1"), card("2", { state: "busy" }), card("3", { state: "reserved" })] }),
    machine("container", { cards: [card("2"), card("1")] }),
    machine("gone", { online: false, cards: [card("4")] }),
  ];
  expect(totalsOf(machines)).toEqual({ cards: 3, idle: 1, reserved: 1, paused: 0, away: 1 });
});

test("hosts are in the order people count in, those that are away last", () => {
  const machines = [machine("gpu-10"), machine("a", { online: false }), machine("gpu-2")];
  expect(inOrder(machines, "en").map((one) => one.host)).toEqual(["gpu-2", "gpu-10", "a"]);
});

test("runs on no card are those of the machine that no card names", () => {
  expect(runsOffCards(machine("a", { runs: [run("x"), run("y")], cards: [card("1", { runs: [run("x")] })] }))).toEqual([run("y")]);
});

test("a bucket is coloured by use, by being held, or not at all", () => {
  const some = history([null, 0, 1, 1, 1, 1, 0.2, 1], [null, 0, 0, 5, 30, 100, 2, null]);
  expect(some.busy.map((_, at) => levelOf(some, at))).toEqual([null, "rest", "held", "1", "2", "4", "rest", "4"]);
});

test("neighbours of one level are one rectangle", () => {
  expect(stripPaths(history([0, 0, null, 1, 1, 0], [0, 0, null, 80, 90, 0]))).toEqual([
    ["rest", "M0 0H2V1H0zM5 0H6V1H5z"],
    ["4", "M3 0H5V1H3z"],
  ]);
  expect(stripPaths(history([null], [null]))).toEqual([]);
});

test("a card is free when the longest training on it ends, if all of them tell and nobody else is on it", () => {
  const forecast = { short: 60, long: 3_600, silent: null };
  const wait = (changes: Partial<CardRow>) => freeIn(card("1", { state: "busy", ...changes }), forecast);
  expect(wait({ state: "idle" })).toBe(0);
  expect(wait({ runs: [run("short"), run("long")] })).toBe(3_600);
  expect(wait({ runs: [run("short"), run("silent")] })).toBeNull();
  expect(wait({ runs: [run("unknown")] })).toBeNull();
  expect(wait({ runs: [run("short")], foreign_processes: 1 })).toBeNull();
  expect(wait({})).toBeNull();
});

test("what is free soonest comes first; what nobody can tell of comes last, and machines that are away after that", () => {
  const busy = (uuid: string, id: string) => card(uuid, { state: "busy", runs: [run(id)] });
  const machines = [
    machine("gone", { online: false, cards: [card("0")] }),
    machine("a", { cards: [busy("1", "silent"), busy("2", "long")] }),
    machine("b", { cards: [busy("3", "silent")] }),
    machine("c", { cards: [busy("4", "short"), card("5")] }),
  ];
  const forecast = { short: 60, long: 3_600, silent: null };
  const found = freeFirst(machines, forecast);
  expect(found.map(({ host, cards }) => [host, cards.map((one) => one.uuid)])).toEqual([
    ["c", ["5", "4"]],
    ["a", ["2", "1"]],
    ["b", ["3"]],
    ["gone", ["0"]],
  ]);
  expect([nextFree(machines, forecast), nextFree(machines.slice(0, 2), forecast), nextFree(machines.slice(0, 1), forecast)]).toEqual([0, 3_600, null]);
});

test("a card that paused trainings alone hold is told apart from one that is held without working", () => {
  const paused = { ...run("p"), state: "paused" as const };
  const cards = [
    card("1", { state: "reserved", runs: [paused] }),
    card("2", { state: "busy", runs: [paused] }),
    card("3", { state: "busy", runs: [paused, run("r")] }),
    card("4", { state: "reserved", runs: [paused], foreign_processes: 1 }),
    card("5", { state: "idle", runs: [paused] }),
  ];
  expect(totalsOf([machine("a", { cards })])).toEqual({ cards: 5, idle: 1, reserved: 1, paused: 2, away: 0 });
});

const control = (cannot?: string) => ({ "settings.control.verbs": ["pause", "stop"], ...(cannot ? { "settings.control.cannot.pause.release": cannot } : {}) });

test("a paused training tells no end, and what a training says it cannot is not offered", () => {
  const runs = [
    { id: "r", state: "running" as const, eta_s: 60, values: control() },
    { id: "p", state: "paused" as const, eta_s: 60, values: control() },
    { id: "c", state: "running" as const, eta_s: null, values: control("framework_cannot") },
    { id: "n", state: "running" as const, eta_s: 5, values: {} },
  ];
  const outlook = outlookFrom(runs);
  expect(outlook).toEqual({ forecast: { r: 60, p: null, c: null, n: 5 }, releasable: { r: true, p: true } });
  const there = [run("n"), run("r"), { ...run("p"), state: "unreachable" as const }];
  expect(releasableOf(there, outlook)).toEqual([run("r")]);
});
