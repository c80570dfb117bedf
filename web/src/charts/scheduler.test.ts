import { expect, test } from "vitest";
import { FrameScheduler } from "./scheduler";

/** A clock whose frames run when told, and whose time passes only by drawing. */
function fakeClock() {
  let time = 0;
  let frame: (() => void) | null = null;
  return {
    clock: { now: () => time, nextFrame: (callback: () => void) => void (frame = callback) },
    spend: (ms: number) => void (time += ms),
    runFrame() {
      const due = frame;
      frame = null;
      due?.();
      return due !== null;
    },
  };
}

test("a frame draws until its budget is spent, the rest follows in the next", () => {
  const { clock, spend, runFrame } = fakeClock();
  const scheduler = new FrameScheduler(clock, 10);
  const drawn: number[] = [];
  for (let i = 0; i < 5; i++) {
    scheduler.request(() => {
      drawn.push(i);
      spend(4);
    });
  }
  runFrame();
  expect(drawn).toEqual([0, 1, 2]);
  runFrame();
  expect(drawn).toEqual([0, 1, 2, 3, 4]);
  expect(runFrame()).toBe(false);
});

test("asking twice draws once", () => {
  const { clock, runFrame } = fakeClock();
  const scheduler = new FrameScheduler(clock, 10);
  let drawn = 0;
  const draw = () => void (drawn += 1);
  scheduler.request(draw);
  scheduler.request(draw);
  runFrame();
  expect(drawn).toBe(1);
});

test("charts that redraw all the time take turns", () => {
  const { clock, spend, runFrame } = fakeClock();
  const scheduler = new FrameScheduler(clock, 10);
  const drawn: string[] = [];
  const greedy = (name: string) => {
    const draw = () => {
      drawn.push(name);
      spend(10);
      scheduler.request(draw);
    };
    scheduler.request(draw);
  };
  for (const name of ["a", "b", "c"]) greedy(name);
  for (let i = 0; i < 6; i++) runFrame();
  expect(drawn).toEqual(["a", "b", "c", "a", "b", "c"]);
});

test("a chart that is gone is not drawn", () => {
  const { clock, runFrame } = fakeClock();
  const scheduler = new FrameScheduler(clock, 10);
  let drawn = 0;
  const draw = () => void (drawn += 1);
  scheduler.request(draw);
  scheduler.cancel(draw);
  runFrame();
  expect(drawn).toBe(0);
});

test("frames that come late hold less, and more again once they are in time", () => {
  const { clock, spend, runFrame } = fakeClock();
  const scheduler = new FrameScheduler(clock, 10);
  let drawn = 0;
  const draws = Array.from({ length: 200 }, () => () => {
    drawn += 1;
    spend(1);
  });
  const perFrame = (waitMs: number) => {
    draws.forEach((draw) => scheduler.request(draw));
    const before = drawn;
    runFrame();
    spend(waitMs);
    return drawn - before;
  };
  expect(perFrame(30)).toBe(10);
  const late = Array.from({ length: 8 }, () => perFrame(30));
  expect(late[0]).toBe(7);
  expect(late.at(-1)).toBe(2);
  const inTime = Array.from({ length: 20 }, () => perFrame(5));
  expect(inTime.at(-1)).toBe(10);
});

test("few charts keep the whole budget, however late frames come", () => {
  const { clock, spend, runFrame } = fakeClock();
  const scheduler = new FrameScheduler(clock, 10);
  let drawn = 0;
  const draws = Array.from({ length: 8 }, () => () => {
    drawn += 1;
    spend(3);
  });
  for (let frame = 0; frame < 20; frame++) {
    draws.forEach((draw) => scheduler.request(draw));
    runFrame();
    spend(40);
  }
  expect(drawn).toBe(80);
});
