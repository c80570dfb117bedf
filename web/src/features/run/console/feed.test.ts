import { expect, test } from "vitest";
import type { ConsoleLine, ConsolePage } from "../../../api/client";
import { ConsoleFeed, type PageAsk } from "./feed";

/** A server with lines that each stand at their number, which answers as the real one does. */
class Server {
  readonly asks: PageAsk[] = [];
  removed = 0;

  constructor(public count: number) {}

  readonly load = (ask: PageAsk): Promise<ConsolePage> => {
    this.asks.push(ask);
    const all = Array.from({ length: this.count }, (_, at) => this.line(at + 1));
    const before = all.filter(({ place }) => place < (ask.before ?? Infinity));
    const items =
      ask.after === undefined
        ? before.slice(-(ask.tail ?? ask.limit ?? 0))
        : all.filter(({ place }) => place > (ask.after ?? 0)).slice(0, ask.limit);
    const next = items.at(-1)?.place ?? Math.min(ask.after ?? this.count, this.count);
    return Promise.resolve({ items, next, removed: this.removed });
  };

  private line(place: number): ConsoleLine {
    return { place, attempt: 1, rank: 0, stream: "out", line: place, time: "", text: String(place), left_out: 0 };
  }
}

const span = (feed: ConsoleFeed) => {
  const { lines } = feed.current();
  return [lines.at(0)?.place, lines.at(-1)?.place, lines.length];
};

test("it begins with the end", async () => {
  const feed = new ConsoleFeed(new Server(2_500).load);
  await feed.refresh();
  expect(span(feed)).toEqual([1_501, 2_500, 1_000]);
  expect(feed.current().hasOlder).toBe(true);
});

test("it then fetches only what is new, however many pages", async () => {
  const server = new Server(3);
  const feed = new ConsoleFeed(server.load);
  await feed.refresh();
  server.count = 12_003;
  await feed.refresh();
  await feed.refresh();
  expect(span(feed)).toEqual([1, 12_003, 12_003]);
  expect(server.asks.map(({ after }) => after)).toEqual([undefined, 3, 5_003, 10_003, 12_003]);
});

test("the same page asked for twice at once comes once", async () => {
  const server = new Server(8_000);
  const feed = new ConsoleFeed(server.load);
  await feed.refresh();
  await Promise.all([feed.older(), feed.older()]);
  expect(span(feed)).toEqual([2_001, 8_000, 6_000]);
  expect(server.asks.length).toBe(2);
});

test("all lines come, and then there are no older ones", async () => {
  const feed = new ConsoleFeed(new Server(12_000).load);
  await feed.refresh();
  await feed.all();
  expect(span(feed)).toEqual([1, 12_000, 12_000]);
  expect(feed.current().hasOlder).toBe(false);
});

test("after a restored backup it begins again", async () => {
  const server = new Server(900);
  const feed = new ConsoleFeed(server.load);
  await feed.refresh();
  server.count = 40;
  await feed.refresh();
  expect(span(feed)).toEqual([1, 40, 40]);
});

test("what was removed is told, and nothing new wakes nobody", async () => {
  const server = new Server(5);
  const feed = new ConsoleFeed(server.load);
  await feed.refresh();
  let woken = 0;
  feed.subscribe(() => {
    woken += 1;
  });
  await feed.refresh();
  expect(woken).toBe(0);
  server.removed = 7;
  await feed.refresh();
  expect([woken, feed.current().removed]).toEqual([1, 7]);
});
