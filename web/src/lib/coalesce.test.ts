import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createCoalescer } from "./coalesce";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a burst becomes one call, after the interval", async () => {
  const work = vi.fn(async () => undefined);
  const coalescer = createCoalescer(work, 400);
  for (let i = 0; i < 50; i++) coalescer.request("a");
  expect(work).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(400);
  expect(work).toHaveBeenCalledTimes(1);
});

test("what is asked while the work runs is done once more, an interval later", async () => {
  const finishes: (() => void)[] = [];
  const work = vi.fn(() => new Promise<void>((resolve) => void finishes.push(resolve)));
  const coalescer = createCoalescer(work, 400);
  coalescer.request("a");
  await vi.advanceTimersByTimeAsync(400);
  coalescer.request("a");
  coalescer.request("a");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(work).toHaveBeenCalledTimes(1);
  finishes[0]?.();
  await vi.advanceTimersByTimeAsync(400);
  expect(work).toHaveBeenCalledTimes(2);
});

test("steady requests are served at most once an interval", async () => {
  const work = vi.fn(async () => undefined);
  const coalescer = createCoalescer(work, 400);
  for (let i = 0; i < 40; i++) {
    coalescer.request("a");
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(work.mock.calls.length).toBeLessThanOrEqual(5);
  expect(work.mock.calls.length).toBeGreaterThanOrEqual(4);
});

test("keys do not wait for each other, and a failure does not stop the next", async () => {
  const work = vi.fn(async () => Promise.reject(new Error("down")));
  const coalescer = createCoalescer(work, 400);
  coalescer.request("a");
  coalescer.request("b");
  await vi.advanceTimersByTimeAsync(400);
  coalescer.request("a");
  await vi.advanceTimersByTimeAsync(400);
  expect(work.mock.calls).toEqual([["a"], ["b"], ["a"]]);
});
