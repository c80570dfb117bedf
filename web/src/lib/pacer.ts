/** Does work for what was asked meanwhile: at once when idle, then never more often than it pays, never twice at a time, and always once more after the last request. */
export interface Pacer {
  request(key: string): void;
  /** While held, requests are only gathered; letting go serves them. */
  hold(held: boolean): void;
  close(): void;
}

interface Pace {
  /** Waits so long after the first request, for others that come with it. */
  readonly gatherMs: number;
  /** Rests at least so long between two pieces of work. */
  readonly restMs: number;
}

const REST_BY_WORK = 3; // work fills at most a quarter of the time, however slow the server is
const LONGEST_REST_MS = 3_000;

export function createPacer(work: (keys: ReadonlySet<string>) => Promise<unknown>, { gatherMs, restMs }: Pace, now = () => performance.now()): Pacer {
  let asked = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let [busy, held, closed] = [false, false, false];
  let before = Infinity;

  function later(waitMs: number): void {
    busy = true;
    timer = setTimeout(() => void serve(), waitMs);
  }

  async function serve(): Promise<void> {
    if (closed || held || asked.size === 0) {
      busy = false;
      return;
    }
    const keys = asked;
    asked = new Set();
    const began = now();
    await work(keys).catch(() => undefined); // a failed refetch shows itself in its query
    const took = now() - began;
    const usual = Math.min(took, before); // one slow answer among quick ones is no reason to show nothing for seconds
    before = took;
    if (!closed) later(Math.min(LONGEST_REST_MS, Math.max(restMs, usual * REST_BY_WORK)));
  }

  function wake(): void {
    if (!busy && !held && asked.size > 0) later(gatherMs);
  }

  return {
    request(key) {
      asked.add(key);
      wake();
    },
    hold(isHeld) {
      held = isHeld;
      wake();
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
