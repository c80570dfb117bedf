import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Columns } from "../lib/columns";
import { batchLoader, type SeriesAsk } from "./batch";

const EMPTY = new Float64Array(0);

const columns = (run: string, name: string): Columns => ({
  run, name, total: 0, xAxis: "step", x: EMPTY, xEnd: EMPTY, min: EMPTY, max: EMPTY, mean: EMPTY, count: EMPTY, nan: EMPTY,
});

const everything = (ask: SeriesAsk) => ask.runs.flatMap((run) => ask.names.map((name) => columns(run, name)));
const ask = (runs: string[], names: string[], buckets = 200): SeriesAsk => ({ runs, names, buckets, x: "step", window: null });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function settle<T>(work: Promise<T>): Promise<T> {
  await vi.runAllTimersAsync();
  return work;
}

test("charts of one run share a request, and each gets its own series", async () => {
  const load = vi.fn(async (one: SeriesAsk) => everything(one));
  const batched = batchLoader(load, 10);
  const [first, second] = await settle(Promise.all([batched(ask(["r"], ["a", "b"])), batched(ask(["r"], ["c"]))]));
  expect(load).toHaveBeenCalledTimes(1);
  expect(first.map((one) => one.name)).toEqual(["a", "b"]);
  expect(second.map((one) => one.name)).toEqual(["c"]);
});

test("the same series of many runs share a request", async () => {
  const load = vi.fn(async (one: SeriesAsk) => everything(one));
  const batched = batchLoader(load, 10);
  const [, second] = await settle(Promise.all([batched(ask(["r1"], ["m"])), batched(ask(["r2"], ["m"]))]));
  expect(load).toHaveBeenCalledTimes(1);
  expect(second.map((one) => one.run)).toEqual(["r2"]);
});

test("another window or number of buckets is another request", async () => {
  const load = vi.fn(async (one: SeriesAsk) => everything(one));
  const batched = batchLoader(load, 10);
  await settle(Promise.all([batched(ask(["r"], ["a"])), batched(ask(["r"], ["a"], 400))]));
  expect(load).toHaveBeenCalledTimes(2);
});

test("a failed request fails everybody who was in it", async () => {
  const batched = batchLoader(async () => Promise.reject(new Error("down")), 10);
  const both = Promise.allSettled([batched(ask(["r"], ["a"])), batched(ask(["r"], ["b"]))]);
  expect((await settle(both)).map((one) => one.status)).toEqual(["rejected", "rejected"]);
});
