/** Milliseconds of drawing a frame may hold at most. */
const BUDGET_MS = 10;
const LEAST_MS = 2;
const LATE_MS = 22; // since the frame before: one was missed
const FEW = 8; // so many are redrawn within two or three frames: less in each would only make all of them lag
const PAUSE_MS = 1_000; // nothing was to be drawn meanwhile
const LESS = 0.7;
const MORE_MS = 0.5;

export interface FrameClock {
  now(): number;
  nextFrame(callback: () => void): void;
}

export const browserClock: FrameClock = {
  now: () => performance.now(),
  nextFrame: (callback) => void requestAnimationFrame(callback),
};

/**
 * Draws charts in turn within a budget a frame. A chart that asks again while it waits keeps its place, one that asks
 * after it was drawn goes to the end: no chart starves.
 */
export class FrameScheduler {
  private readonly queue = new Set<() => void>();
  private scheduled = false;
  private frameMs: number;
  private lastAt = -Infinity;

  constructor(
    private readonly clock: FrameClock = browserClock,
    private readonly budgetMs = BUDGET_MS,
  ) {
    this.frameMs = budgetMs;
  }

  request(draw: () => void): void {
    this.queue.add(draw);
    this.schedule();
  }

  cancel(draw: () => void): void {
    this.queue.delete(draw);
  }

  private schedule(): void {
    if (this.scheduled || this.queue.size === 0) return;
    this.scheduled = true;
    this.clock.nextFrame(() => this.frame());
  }

  /** Less in a frame after one that came late: what is painted is put on screen elsewhere, and a late frame tells that this is behind. */
  private paced(): number {
    const since = this.clock.now() - this.lastAt;
    this.lastAt = this.clock.now();
    if (this.queue.size <= FEW) return this.budgetMs;
    const isLate = since > LATE_MS && since < PAUSE_MS;
    this.frameMs = isLate ? Math.max(LEAST_MS, this.frameMs * LESS) : Math.min(this.budgetMs, this.frameMs + MORE_MS);
    return this.frameMs;
  }

  private frame(): void {
    this.scheduled = false;
    const deadline = this.clock.now() + this.paced();
    const turn = Array.from(this.queue); // a chart that asks again while it is drawn waits for the next frame
    for (const draw of turn) {
      this.queue.delete(draw);
      draw();
      if (this.clock.now() >= deadline) break;
    }
    this.schedule();
  }
}
