import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hintOf, Live, waitBefore, type Hint, type Socket } from "./live";

class FakeSocket implements Socket {
  opened: (() => void) | null = null;
  closed: (() => void) | null = null;
  received: ((data: unknown) => void) | null = null;
  readonly sent: string[] = [];
  isClosed = false;
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.isClosed = true;
  }
}

function setUp() {
  const sockets: FakeSocket[] = [];
  const opened: boolean[] = [];
  const hints: Hint[] = [];
  const onMissed = vi.fn();
  const live = new Live({
    open: (isFirst) => {
      opened.push(isFirst);
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    random: () => 1,
    onHint: (hint) => hints.push(hint),
    onMissed,
  });
  const newest = () => sockets.at(-1) ?? new FakeSocket();
  return { live, sockets, opened, hints, onMissed, newest };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it is connected once the socket opens", () => {
  const { live, newest } = setUp();
  live.start();
  expect(live.current()).toBe("connecting");
  newest().opened?.();
  expect(live.current()).toBe("connected");
});

test.each([
  ['{"type":"hello","v":1,"caught_up":true}', 0],
  ['{"type":"hello","v":1,"caught_up":false}', 1],
  ['{"type":"hello","v":1}', 1],
])("the first connection has missed what the server does not know any more: %s", (hello, missed) => {
  const { live, newest, opened, onMissed } = setUp();
  live.start();
  newest().opened?.();
  newest().received?.(hello);
  expect(opened).toEqual([true]);
  expect(onMissed).toHaveBeenCalledTimes(missed);
});

test("after a loss everything may have been missed, whatever the server knows", () => {
  const { live, newest, opened, onMissed } = setUp();
  live.start();
  newest().opened?.();
  newest().closed?.();
  vi.advanceTimersByTime(500);
  newest().opened?.();
  newest().received?.('{"type":"hello","v":1,"caught_up":true}');
  expect(opened).toEqual([true, false]);
  expect(onMissed).toHaveBeenCalledTimes(1);
});

test("a lost socket is opened again after growing waits of at most ten seconds", () => {
  const { live, sockets, newest } = setUp();
  live.start();
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    newest().closed?.();
    const before = Date.now();
    const count = sockets.length;
    while (sockets.length === count) vi.advanceTimersByTime(50);
    waits.push(Date.now() - before);
  }
  expect(live.current()).toBe("disconnected");
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
});

test("the network's return ends the wait at once", () => {
  const { live, sockets, newest } = setUp();
  live.start();
  newest().closed?.();
  live.retryNow();
  expect(sockets).toHaveLength(2);
});

test("a socket that never answers is given up", () => {
  const { live, sockets } = setUp();
  live.start();
  vi.advanceTimersByTime(8_000);
  expect(live.current()).toBe("disconnected");
  expect(sockets[0]?.isClosed).toBe(true);
});

test("nothing is opened after it was closed", () => {
  const { live, sockets, newest } = setUp();
  live.start();
  newest().closed?.();
  live.close();
  vi.advanceTimersByTime(60_000);
  expect(sockets).toHaveLength(1);
});

test("an old socket's last words are not heard", () => {
  const { live, sockets, hints, newest } = setUp();
  live.start();
  newest().opened?.();
  live.networkLost();
  sockets[0]?.received?.('{"type":"run","run":"r","project":"p"}');
  expect(hints).toEqual([]);
});

test("watched runs are told at once, again after reconnecting, and no more once let go", () => {
  const { live, newest } = setUp();
  live.start();
  newest().opened?.();
  const release = live.watch(["b", "a"]);
  newest().closed?.();
  vi.advanceTimersByTime(500);
  newest().opened?.();
  release();
  expect(newest().sent.map((text) => JSON.parse(text).runs)).toEqual([["b", "a"], []]);
});

test("hints are understood, everything else is passed over", () => {
  expect(hintOf('{"type":"series","run":"r","project":"p","rows":3}')).toEqual({ type: "series", run: "r", project: "p" });
  expect(hintOf('{"type":"hello","v":1}')).toBeNull();
  expect(hintOf("not json")).toBeNull();
  expect(hintOf(new ArrayBuffer(2))).toBeNull();
});

test("half of the wait is random", () => {
  expect([waitBefore(0, 0), waitBefore(0, 1), waitBefore(20, 1)]).toEqual([250, 500, 10_000]);
});
