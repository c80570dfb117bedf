import { expect, test } from "vitest";
import type { CardRow, RunDetail, SeriesInfo } from "../../api/client";
import { concernsOf, type Surroundings } from "./health";

const CALM: Surroundings = { cards: [], waiting: null, nowMs: Date.parse("2026-01-01T01:00:00.000Z") };

const PLAIN: RunDetail = {
  id: "r", project: "p", name: "r", state: "running", created: "2026-01-01T00:00:00.000Z", updated: "2026-01-01T00:00:00.000Z", ended: null,
  epoch: 10, epochs: 100, step: 1, elapsed_s: 1, eta_s: 1, rows: 1, attempt: 1, host: "gpu-1", framework: null, tags: [], group: null, lost: {},
  deferred: 0, last: {}, best_epoch: null, patience_left: null, end_reason: null, exit_code: null, note: "", starred: false, archived: false, health: null, findings: 0,
  config: {}, settings: {}, provenance: {}, life: {}, attempts: [], series: [],
};

function loss(name: string, changes: Partial<SeriesInfo>): SeriesInfo {
  const plain: SeriesInfo = {
    name, family: "loss", unit: "", direction: "lower", title: { en: name, zh: name }, count: 9, nan_count: 0, last: 1, last_step: 1, last_epoch: 1,
    min: 0, max: 1, best: 0, best_step: 1, best_epoch: 1,
  };
  return { ...plain, ...changes };
}

const card = (index: number, state: CardRow["state"]): CardRow => ({
  index, uuid: String(index), name: "RTX", vendor: "nvidia", util_percent: 0, memory_bytes: null, memory_total_bytes: null, temperature_c: null,
  power_w: null, state, since: "2026-01-01T00:30:00.000Z", idle_s: 0, runs: [], processes: 1, foreign_processes: 0,
  use: { day: null, week: null, heard_day: 0, heard_week: 0 },
});

const told = (changes: Partial<RunDetail>, around: Partial<Surroundings> = {}) =>
  concernsOf({ ...PLAIN, ...changes }, { ...CALM, ...around }).map(({ id, tone, numbers }) => [id, tone, numbers]);

test("of a run that is well there is nothing to tell", () => {
  expect(told({ series: [loss("loss", {})], patience_left: 90, settings: { patience: 100 } }, { waiting: 0.1, cards: [card(0, "busy")] })).toEqual([]);
});

test("NaN in a loss is grave while it goes on, and told of when it passed", () => {
  const [gone, now] = [loss("train/cls_loss", { nan_count: 2 }), loss("train/box_loss", { nan_count: 5, last: "NaN" })];
  expect(told({ series: [gone, now] })).toEqual([["nan", "bad", { count: 5, others: 1 }]]);
  expect(told({ series: [gone] })).toEqual([["nan", "warn", { count: 2, others: 0 }]]);
});

test("what a diagnosis looks at is left to it", () => {
  const series = [loss("train/cls_loss", { nan_count: 2 })];
  expect(told({ series, health: "critical", state: "crashed" }, { waiting: 0.9 })).toEqual([["crashed", "bad", {}]]);
});

test("the gravest comes first", () => {
  const found = told({ state: "crashed", lost: { torn: 3, item_disk: 9, policy: 5 } }, { waiting: 0.5 });
  expect(found).toEqual([["crashed", "bad", {}], ["lost", "warn", { count: 3 }], ["dataWait", "info", { percent: 50 }]]);
});

test("a card that is held without working is told of while the run goes on", () => {
  const cards = [card(0, "busy"), card(1, "reserved"), card(2, "reserved")];
  expect(told({}, { cards })).toEqual([["gpuIdle", "warn", { index: 1, seconds: 1_800, others: 1 }]]);
  expect(told({ state: "finished" }, { cards })).toEqual([]);
});

test("patience is told of when little is left and it would end the run before its last epoch does", () => {
  const settings = { patience: 50 };
  expect(told({ patience_left: 8, settings })).toEqual([["patience", "info", { count: 8, all: 50 }]]);
  expect(told({ patience_left: 9, settings })).toEqual([]);
  expect(told({ patience_left: 8, settings, epoch: 95 })).toEqual([]);
  expect(told({ patience_left: 0, settings, state: "stopped" })).toEqual([]);
});

test("a run that is not heard of, and one without new rows, say so", () => {
  expect([told({ state: "unreachable" }), told({ state: "stalled" })]).toEqual([[["unreachable", "warn", {}]], [["stalled", "warn", {}]]]);
});
