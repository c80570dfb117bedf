import type { ConsolePage } from "../../../api/client";
import { merged, type HeldLine } from "./lines";

export interface PageAsk {
  readonly after?: number;
  readonly before?: number;
  readonly tail?: number;
  readonly limit?: number;
}

export type LoadPage = (ask: PageAsk) => Promise<ConsolePage>;

export interface ConsoleState {
  readonly lines: readonly HeldLine[];
  /** Lines from the beginning that the server does not keep any more. */
  readonly removed: number;
  /** Whether the server has lines before these. */
  readonly hasOlder: boolean;
  readonly isLoaded: boolean;
}

const FIRST_PAGE = 1_000; // the end is what one looks at; the rest comes when it is scrolled to
const PAGE = 5_000;
const NOTHING: ConsoleState = { lines: [], removed: 0, hasOlder: false, isLoaded: false };

/** The printed lines of a run, outside React: it starts at the end, goes on from there, and goes back when asked to. */
export class ConsoleFeed {
  private state = NOTHING;
  private next: number | null = null;
  private goingBack: Promise<void> | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly load: LoadPage) {}

  readonly current = (): ConsoleState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Brings what came or changed since the last time. */
  async refresh(): Promise<void> {
    if (this.next === null) return this.begin();
    let count = PAGE;
    while (count === PAGE) {
      const page = await this.load({ after: this.next, limit: PAGE });
      if (page.next < this.next) return this.begin(); // the server's data are older than ours: a backup was restored
      this.next = page.next;
      this.take(page, {});
      count = page.items.length;
    }
  }

  /** Brings the page before the first line, unless it is on its way. */
  older(): Promise<void> {
    this.goingBack ??= this.goBack().finally(() => {
      this.goingBack = null;
    });
    return this.goingBack;
  }

  /** Brings all lines that there are. */
  async all(): Promise<void> {
    while (this.state.hasOlder) await this.older();
  }

  private async begin(): Promise<void> {
    const page = await this.load({ tail: FIRST_PAGE });
    this.state = NOTHING;
    this.next = page.next;
    this.take(page, { hasOlder: page.items.length === FIRST_PAGE, isLoaded: true });
  }

  private async goBack(): Promise<void> {
    const first = this.state.lines.reduce((least, { place }) => Math.min(least, place), Infinity);
    if (!this.state.hasOlder || first === Infinity) return;
    const page = await this.load({ before: first, limit: PAGE });
    this.take(page, { hasOlder: page.items.length === PAGE });
  }

  private take(page: ConsolePage, change: Partial<ConsoleState>): void {
    const lines = merged(this.state.lines, page.items);
    const isSame = lines === this.state.lines && page.removed === this.state.removed && Object.keys(change).length === 0;
    if (isSame) return;
    this.state = { ...this.state, lines, removed: page.removed, ...change };
    for (const listener of this.listeners) listener();
  }
}
