/** Milliseconds of drawing a frame may hold. */
const BUDGET_MS = 10;
const LEAST_MS = 2;
const LATE_MS = 22; // a frame was missed: what was painted is still put on screen elsewhere

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

  private frame(): void {
    this.scheduled = false;
    const began = this.clock.now();
    const isLate = began - this.lastAt > LATE_MS && began - this.lastAt < 1_000;
    this.lastAt = began;
    this.frameMs = isLate ? Math.max(LEAST_MS, this.frameMs * 0.7) : Math.min(this.budgetMs, this.frameMs + 0.5);
    const deadline = began + this.frameMs;
    const turn = Array.from(this.queue); // a chart that asks again while it is drawn waits for the next frame
    for (const draw of turn) {
      this.queue.delete(draw);
      draw();
      if (this.clock.now() >= deadline) break;
    }
    this.schedule();
  }
}
