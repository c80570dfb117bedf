/** Runs work per key at most once an interval, never twice at a time, and always once more after the last request. */
export interface Coalescer {
  request(key: string): void;
  close(): void;
}

interface Slot {
  wanted: boolean;
}

export function createCoalescer(work: (key: string) => Promise<unknown>, intervalMs: number): Coalescer {
  const slots = new Map<string, Slot>();
  const timers = new Set<ReturnType<typeof setTimeout>>();

  function later(action: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, intervalMs);
    timers.add(timer);
  }

  async function run(key: string, slot: Slot): Promise<void> {
    slot.wanted = false;
    await work(key).catch(() => undefined); // a failed refetch shows itself in its query
    if (slot.wanted) later(() => void run(key, slot));
    else slots.delete(key);
  }

  return {
    request(key) {
      const slot = slots.get(key);
      if (slot) {
        slot.wanted = true;
        return;
      }
      const fresh = { wanted: true };
      slots.set(key, fresh);
      later(() => void run(key, fresh));
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      slots.clear();
    },
  };
}
