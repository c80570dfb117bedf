/** What the server tells: something grew or changed. The numbers themselves are then fetched like any others. */
export type Hint =
  | { readonly type: "series"; readonly run: string; readonly project: string }
  | { readonly type: "run"; readonly run: string; readonly project: string }
  | { readonly type: "media"; readonly run: string; readonly project: string };

export type LiveState = "connecting" | "connected" | "disconnected";

/** The part of WebSocket that is used, so that tests can bring their own. */
export interface Socket {
  opened: (() => void) | null;
  closed: (() => void) | null;
  received: ((data: unknown) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface LiveOptions {
  /** Opens a socket that says hello; to the first one the server also tells the hints since the page opened, if it is asked to. */
  readonly open: (isFirst: boolean) => Socket;
  readonly random: () => number;
  readonly onHint: (hint: Hint) => void;
  /** Called when hints may have been missed: before a reconnection, or before the first where the server does not know them all. */
  readonly onMissed: () => void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const HANDSHAKE_MS = 8_000; // a socket that neither opens nor fails is given up

/** Exponential, with half of it random so that many browsers do not return in the same instant. */
export function waitBefore(attempt: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return full / 2 + (full / 2) * random;
}

function messageOf(data: unknown): object | null {
  if (typeof data !== "string") return null;
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === "object" ? message : null;
  } catch {
    return null;
  }
}

function hintOfMessage(message: object): Hint | null {
  if (!("type" in message && "run" in message && typeof message.run === "string")) return null;
  if (message.type !== "series" && message.type !== "run" && message.type !== "media") return null;
  const project = "project" in message ? String(message.project) : "";
  return { type: message.type, run: message.run, project };
}

export function hintOf(data: unknown): Hint | null {
  const message = messageOf(data);
  return message && hintOfMessage(message);
}

const isHello = (message: object) => "type" in message && message.type === "hello";
const isCaughtUp = (message: object) => "caught_up" in message && message.caught_up === true;

/** One WebSocket to the server, re-opened for as long as the page lives. */
export class Live {
  private socket: Socket | null = null;
  private state: LiveState = "connecting";
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly watched = new Map<symbol, readonly string[]>();
  private closed = true;
  private wasConnected = false;

  constructor(private readonly options: LiveOptions) {}

  readonly current = (): LiveState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(): void {
    this.closed = false;
    this.connect();
  }

  close(): void {
    this.closed = true;
    this.drop();
  }

  /** The network or the page came back: a pending wait is not waited out. */
  retryNow(): void {
    if (this.closed || this.state === "connected") return;
    this.attempt = 0;
    this.connect();
  }

  /** The network is known to be gone: a socket would notice only after minutes. */
  networkLost(): void {
    if (!this.closed) this.lost();
  }

  /** Tells the server which runs are on screen, until the returned function is called. */
  watch(runs: readonly string[]): () => void {
    const key = Symbol("watch");
    this.watched.set(key, runs);
    this.sendWatched();
    return () => {
      this.watched.delete(key);
      this.sendWatched();
    };
  }

  private connect(): void {
    this.drop();
    const isFirst = !this.wasConnected;
    const socket = this.options.open(isFirst);
    this.socket = socket;
    socket.opened = () => this.opened();
    socket.closed = () => this.lost();
    socket.received = (data) => this.received(messageOf(data), isFirst);
    this.timer = setTimeout(() => this.lost(), HANDSHAKE_MS);
  }

  private opened(): void {
    clearTimeout(this.timer);
    this.attempt = 0;
    this.become("connected");
    this.sendWatched();
    if (this.wasConnected) this.options.onMissed();
    this.wasConnected = true;
  }

  private received(message: object | null, isFirst: boolean): void {
    if (!message) return;
    if (isFirst && isHello(message) && !isCaughtUp(message)) this.options.onMissed();
    const hint = hintOfMessage(message);
    if (hint) this.options.onHint(hint);
  }

  private lost(): void {
    this.drop();
    if (this.closed) return;
    this.become("disconnected");
    const wait = waitBefore(this.attempt, this.options.random());
    this.attempt += 1;
    this.timer = setTimeout(() => this.connect(), wait);
  }

  /** Lets go of the socket without hearing from it again. */
  private drop(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    Object.assign(socket, { opened: null, closed: null, received: null });
    socket.close();
  }

  private sendWatched(): void {
    if (this.state !== "connected") return;
    const runs = [...new Set([...this.watched.values()].flat())];
    this.socket?.send(JSON.stringify({ type: "watch", runs }));
  }

  private become(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}
