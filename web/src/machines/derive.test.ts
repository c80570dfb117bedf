import { expect, test } from "vitest";
import type { CardRow, MachineRow } from "../api/client";
import { placeOf, roughly, shareOf, shortName, steady } from "./derive";

const run = (id: string) => ({ run: id, project: "p", name: id, state: "running" as const, since: null });

function card(changes: Partial<CardRow> = {}): CardRow {
  const plain: CardRow = {
    index: 0, uuid: "1", name: "RTX", vendor: "nvidia", util_percent: 0, memory_bytes: null, memory_total_bytes: null, temperature_c: null,
    power_w: null, state: "idle", since: "2026-01-01T00:00:00.000Z", idle_s: 0, runs: [], processes: 0, foreign_processes: 0,
    use: { day: null, week: null, heard_day: 0, heard_week: 0 },
  };
  return { ...plain, ...changes };
}

function machine(changes: Partial<MachineRow> = {}): MachineRow {
  const plain: MachineRow = {
    host: "a", heard: "2026-01-01T00:00:00.000Z", online: true, cpus: 8, cpu_percent: 1, memory_bytes: 1, memory_total_bytes: 2, runs: [], cards: [],
    waiting: [], starts: false, startable: [],
  };
  return { ...plain, ...changes };
}

const look = (seconds: number, share: number) =>
  steady([machine({ cards: [card({ idle_s: seconds, use: { day: share, week: null, heard_day: 0, heard_week: 0 } })] })]);

test("a span is cut to its largest unit, and none is told below a minute", () => {
  expect([30, 61, 3_599, 3_661 * 2, 90_000 * 3].map(roughly)).toEqual([null, 60, 3_540, 7_200, 259_200]);
});

test("shares are known when both sides are", () => {
  expect([shareOf(1, 4), shareOf(null, 4), shareOf(1, null), shareOf(1, 0), shareOf(9, 4)]).toEqual([0.25, null, null, null, 1]);
});

test("a card that rests is the same from look to look", () => {
  expect(look(10, 0.12341)).toEqual(look(15, 0.12309));
  expect(look(10, 0.12341)).not.toEqual(look(10, 0.13));
});

test("a model is told without its maker", () => {
  const names = ["NVIDIA GeForce RTX 4090", "NVIDIA A100-SXM4-80GB", "AMD Instinct MI300X", "Tesla V100", "NVIDIA"];
  expect(names.map(shortName)).toEqual(["RTX 4090", "A100-SXM4-80GB", "Instinct MI300X", "Tesla V100", "NVIDIA"]);
});

test("a run is where a machine that is heard of says so, on the cards that name it", () => {
  const [own, other] = [card({ uuid: "own", runs: [run("x"), run("y")] }), card({ uuid: "other", runs: [run("y")] })];
  const held = machine({ runs: [run("x"), run("y")], cards: [own, other] });
  expect(placeOf([machine(), held], "x")).toEqual({ machine: held, cards: [own] });
  expect(placeOf([{ ...held, online: false }], "x")).toBeNull();
  expect(placeOf([machine()], "x")).toBeNull();
});
