import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPacer } from "./pacer";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Work = (keys: ReadonlySet<string>) => Promise<unknown>;

const PACE = { gatherMs: 15, restMs: 100 };
const seen = (work: { mock: { calls: [ReadonlySet<string>][] } }) => work.mock.calls.map(([keys]) => [...keys].toSorted());

test("what comes together is served together, soon", async () => {
  const work = vi.fn<Work>(async () => undefined);
  const pacer = createPacer(work, PACE, Date.now);
  for (const key of ["a", "b", "a"]) pacer.request(key);
  expect(work).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(15);
  expect(seen(work)).toEqual([["a", "b"]]);
});

test("what is asked while the work runs is done once more, after a rest", async () => {
  const finishes: (() => void)[] = [];
  const work = vi.fn<Work>(() => new Promise<void>((resolve) => void finishes.push(resolve)));
  const pacer = createPacer(work, PACE, Date.now);
  pacer.request("a");
  await vi.advanceTimersByTimeAsync(15);
  pacer.request("b");
  pacer.request("c");
  await vi.advanceTimersByTimeAsync(20);
  expect(work).toHaveBeenCalledTimes(1);
  finishes[0]?.();
  await vi.advanceTimersByTimeAsync(99);
  expect(work).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(seen(work)).toEqual([["a"], ["b", "c"]]);
});

test("slow work is done less often: it fills at most a quarter of the time", async () => {
  const work = vi.fn<Work>(() => new Promise<void>((resolve) => void setTimeout(resolve, 200)));
  const pacer = createPacer(work, PACE, Date.now);
  for (let i = 0; i < 200; i++) {
    pacer.request("a");
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(work).toHaveBeenCalledTimes(13); // 10 s of 800 ms each, the first after 15 ms
});

test("one slow answer among quick ones brings no long rest", async () => {
  const lasts = [10, 1_000, 10, 10];
  const work = vi.fn<Work>(() => new Promise<void>((resolve) => void setTimeout(resolve, lasts.shift() ?? 10)));
  const pacer = createPacer(work, PACE, Date.now);
  for (let i = 0; i < 30; i++) {
    pacer.request("a");
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(work).toHaveBeenCalledTimes(5); // at 15 and 125, after the slow one at 1,225, 1,335 and 1,445 ms
});

test("a failure does not stop the next", async () => {
  const work = vi.fn<Work>(async () => Promise.reject(new Error("down")));
  const pacer = createPacer(work, PACE, Date.now);
  pacer.request("a");
  await vi.advanceTimersByTimeAsync(15);
  pacer.request("b");
  await vi.advanceTimersByTimeAsync(100);
  expect(seen(work)).toEqual([["a"], ["b"]]);
});

test("a hidden page gathers and catches up at once when it is seen again", async () => {
  const work = vi.fn<Work>(async () => undefined);
  const pacer = createPacer(work, PACE, Date.now);
  pacer.hold(true);
  pacer.request("a");
  await vi.advanceTimersByTimeAsync(60_000);
  pacer.request("b");
  expect(work).not.toHaveBeenCalled();
  pacer.hold(false);
  await vi.advanceTimersByTimeAsync(15);
  expect(seen(work)).toEqual([["a", "b"]]);
});

test("nothing is done after closing", async () => {
  const work = vi.fn<Work>(async () => undefined);
  const pacer = createPacer(work, PACE, Date.now);
  pacer.request("a");
  pacer.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(work).not.toHaveBeenCalled();
});
