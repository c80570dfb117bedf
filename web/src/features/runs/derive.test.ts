import { expect, test } from "vitest";
import type { RunSummary } from "../../api/client";
import type { Columns } from "../../lib/columns";
import { lastOf, mergePage, progressOf, rowsOf, sortable, sparkPath } from "./derive";

function run(id: string, created: string, more: Partial<RunSummary> = {}): RunSummary {
  return {
    id, created, project: "p", name: id, state: "running", updated: created, ended: null, epoch: 3, epochs: 10, step: 30,
    elapsed_s: null, eta_s: null, rows: 0, attempt: 1, host: null, framework: null, tags: [], group: null, lost: {}, deferred: 0, last: {},
    best_epoch: null, patience_left: null, end_reason: null, exit_code: null, ...more,
  };
}

const ids = (runs: readonly RunSummary[]) => runs.map((one) => one.id);

test("progress is unknown without a plan and never above one", () => {
  expect([run("a", "1"), run("a", "1", { epochs: null }), run("a", "1", { epoch: 12 })].map(progressOf)).toEqual([0.3, null, 1]);
});

test("NaN travels as text, and is sorted like a missing value", () => {
  const last = lastOf(run("a", "1", { last: { m: "NaN" } }), "m");
  expect(last).toBeNaN();
  expect(sortable(last)).toBeUndefined();
});

test("rows that newer runs push off a page stay, removed ones go", () => {
  const known = { items: [run("d", "4"), run("c", "3"), run("b", "2"), run("a", "1")], next: "x", total: 4 };
  const fresh = { items: [run("e", "5"), run("d", "4"), run("b", "2")], next: "y", total: 4 };
  const merged = mergePage(known, fresh);
  expect(ids(merged.items)).toEqual(["e", "d", "b", "a"]);
  expect(merged.next).toBe("x");
});

test("a run that is on two pages is one row", () => {
  const pages = [
    { items: [run("b", "2"), run("a", "1")], next: "x", total: 2 },
    { items: [run("a", "1")], next: null, total: 2 },
  ];
  expect(ids(rowsOf(pages))).toEqual(["b", "a"]);
});

test("a sparkline spans its box from the lowest to the highest value and skips NaN", () => {
  const x = Float64Array.of(0, 1, 2, 3);
  const mean = Float64Array.of(0, NaN, 5, 10);
  const columns: Columns = { run: "r", name: "n", total: 4, xAxis: "epoch", x, xEnd: x, min: mean, max: mean, mean, count: x, nan: x };
  expect(sparkPath(columns, 30, 10)).toBe("M0.0 10.0L20.0 5.0L30.0 0.0");
});
