import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Columns } from "../lib/columns";
import { batchLoader, seriesLoader, type SeriesAsk } from "./batch";

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

test("the first charts of many runs have their lines before the last are asked for", async () => {
  const waiting: { readonly names: readonly string[]; answer(): void }[] = [];
  const load = (one: SeriesAsk) =>
    new Promise<Columns[]>((resolve) => void waiting.push({ names: one.names, answer: () => resolve(everything(one)) }));
  const batched = batchLoader(load, 10);
  const runs = Array.from({ length: 50 }, (_, at) => `r${at}`);
  const drawn: string[] = [];
  const names = Array.from({ length: 12 }, (_, at) => `m${at}`);
  const all = Promise.all(names.map((name) => batched(ask(runs, [name])).then((found) => drawn.push(`${name}:${found.length}`))));
  await vi.advanceTimersByTimeAsync(10);
  expect(waiting.map((one) => one.names)).toEqual([names.slice(0, 4), names.slice(4, 8)]);
  waiting[0]?.answer();
  await vi.advanceTimersByTimeAsync(0);
  expect(drawn).toEqual(["m0:50", "m1:50", "m2:50", "m3:50"]);
  expect(waiting.map((one) => one.names)).toEqual([names.slice(0, 4), names.slice(4, 8), names.slice(8)]);
  waiting[1]?.answer();
  waiting[2]?.answer();
  await all;
  expect(drawn).toHaveLength(12);
});

test("after a failed part the next has its turn", async () => {
  const load = vi.fn(async (one: SeriesAsk) => (one.names.includes("m0") ? Promise.reject(new Error("down")) : everything(one)));
  const batched = batchLoader(load, 10);
  const runs = Array.from({ length: 200 }, (_, at) => `r${at}`);
  const asked = ["m0", "m1", "m2"].map((name) => batched(ask(runs, [name])));
  expect((await settle(Promise.allSettled(asked))).map((one) => one.status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
});

test("only the columns that are read are asked for", async () => {
  const getBytes = vi.fn(async (_query: object) => Promise.reject(new Error("not needed here")));
  await settle(Promise.allSettled([seriesLoader(getBytes)(ask(["r"], ["a"]))]));
  expect(getBytes.mock.calls[0]?.[0]).toMatchObject({ column: ["x", "x_end", "min", "max", "mean", "count", "nan"] });
});
