import { expect, test } from "vitest";
import type { MachineRow, RunOnMachine, Waiting } from "../api/client";
import { goingOnAt, isToCome, readyOf, waitsOf } from "./waiting";

const run = (id: string): RunOnMachine => ({ run: id, project: "p", name: id, state: "stopped", since: null });

function wait(of: string, state: Waiting["state"] = "waiting"): Waiting {
  return { id: `w-${of}`, run: of, project: "p", name: of, card: "", now: false, who: "anna", state, asked: "2026-01-01T00:00:00Z", changed: "2026-01-01T00:00:00Z", detail: "" };
}

function machine(host: string, changes: Partial<MachineRow> = {}): MachineRow {
  const plain = { host, heard: "2026-01-01T00:00:00Z", online: true, cpus: 8, cpu_percent: 1, memory_bytes: 1, memory_total_bytes: 2 };
  return { ...plain, runs: [], cards: [], waiting: [], starts: true, startable: [], ...changes };
}

test("what was started waits no more, what failed is told", () => {
  const waiting = [wait("a"), wait("b", "started"), wait("c", "failed"), wait("d", "starting")];
  expect(waitsOf({ waiting }).map((one) => one.run)).toEqual(["a", "c", "d"]);
  expect(waiting.filter(isToCome).map((one) => one.run)).toEqual(["a", "d"]);
});

test("a run that stands in the list is not offered beside it, one that was started and ended again is", () => {
  const waiting = [wait("a"), wait("c", "failed"), wait("d", "started")];
  expect(readyOf({ startable: [run("a"), run("b"), run("c"), run("d")], waiting }).map((one) => one.run)).toEqual(["b", "d"]);
});

test("a run goes on where it waits, else where it can", () => {
  const machines = [machine("one", { startable: [run("a"), run("b")] }), machine("two", { waiting: [wait("a")] })];
  expect(goingOnAt(machines, "a")).toEqual({ machine: machines[1], wait: wait("a") });
  expect(goingOnAt(machines, "b")).toEqual({ machine: machines[0], wait: null });
  expect(goingOnAt(machines, "c")).toBeNull();
});
