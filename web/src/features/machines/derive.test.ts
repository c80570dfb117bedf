import { expect, test } from "vitest";
import type { CardHistory, CardRow, MachineRow } from "../../api/client";
import { inOrder, levelOf, roughly, runsOffCards, shareOf, shortName, steady, stripPaths, totalsOf } from "./derive";

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
  };
  return { ...plain, ...changes };
}

function look(seconds: number, share: number): MachineRow[] {
  return steady([machine("a", { cards: [card("1", { idle_s: seconds, use: { ...USE, day: share } })] })]);
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
  expect(totalsOf(machines)).toEqual({ cards: 3, idle: 1, reserved: 1, away: 1 });
});

test("hosts are in the order people count in, those that are away last", () => {
  const machines = [machine("gpu-10"), machine("a", { online: false }), machine("gpu-2")];
  expect(inOrder(machines, "en").map((one) => one.host)).toEqual(["gpu-2", "gpu-10", "a"]);
});

test("a span is cut to its largest unit, and none is told below a minute", () => {
  expect([30, 61, 3_599, 3_661 * 2, 90_000 * 3].map(roughly)).toEqual([null, 60, 3_540, 7_200, 259_200]);
});

test("shares are known when both sides are", () => {
  expect([shareOf(1, 4), shareOf(null, 4), shareOf(1, null), shareOf(1, 0), shareOf(9, 4)]).toEqual([0.25, null, null, null, 1]);
});

test("runs on no card are those of the machine that no card names", () => {
  expect(runsOffCards(machine("a", { runs: [run("x"), run("y")], cards: [card("1", { runs: [run("x")] })] }))).toEqual([run("y")]);
});

test("a card that rests is the same from look to look", () => {
  expect(look(10, 0.12341)).toEqual(look(15, 0.12309));
  expect(look(10, 0.12341)).not.toEqual(look(10, 0.13));
});

test("a model is told without its maker", () => {
  const names = ["NVIDIA GeForce RTX 4090", "NVIDIA A100-SXM4-80GB", "AMD Instinct MI300X", "Tesla V100", "NVIDIA"];
  expect(names.map(shortName)).toEqual(["RTX 4090", "A100-SXM4-80GB", "Instinct MI300X", "Tesla V100", "NVIDIA"]);
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
