import type { Span } from "../lib/columns";
import { boxOf, type Box, type Point } from "./box";

export interface GestureTarget {
  /** The pointer stands at this place of the chart; null when it left. */
  point(at: Point | null): void;
  /** A box is being drawn; null when the drawing ended. */
  selecting(box: Box | null): void;
  select(box: Box): void;
  /** What stood at the pixels `from` when the movement began is now at `to`. */
  stretch(from: Span, to: Span): void;
  /** The movement ended: what is seen stays. */
  settle(): void;
  reset(): void;
  /** To the next point in this direction, or ten further. */
  step(direction: 1 | -1, points: number): void;
  jump(to: "first" | "last"): void;
}

const FAR = 10; // points a step with Shift
const WHEEL_END_MS = 200; // no turn for this long and the wheel has come to rest
const WHEEL_PX = 100; // a reference length that the wheel stretches
const WHEEL_SPEED = 0.002;

type Held = { readonly kind: "idle" } | { readonly kind: "box" | "pan"; readonly from: Point };

/** The pixels of two fingers, left to right as they were put down. */
class Fingers {
  private readonly places = new Map<number, number>();
  private start: Span | null = null;

  put(id: number, px: number): void {
    this.places.set(id, px);
    this.start = this.pair();
  }

  /** From where to where two fingers have gone; null unless there are two. */
  move(id: number, px: number): { from: Span; to: Span } | null {
    if (!this.places.has(id)) return null;
    this.places.set(id, px);
    const to = this.pair();
    return this.start && to ? { from: this.start, to } : null;
  }

  /** Whether lifting this one ends a movement of two. */
  lift(id: number): boolean {
    const wereTwo = this.start !== null;
    this.places.delete(id);
    this.start = null;
    return wereTwo;
  }

  private pair(): Span | null {
    const [a, b, more] = this.places.values();
    if (a === undefined || b === undefined || more !== undefined) return null;
    return a < b ? [a, b] : [b, a];
  }
}

/** Turns of a wheel with Ctrl (closer) or Shift (sideways), added up until it rests. */
class Wheel {
  private factor = 1;
  private shift = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly target: GestureTarget) {}

  turn(event: WheelEvent, px: number): void {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    const turned = event.deltaY === 0 ? event.deltaX : event.deltaY;
    if (event.ctrlKey) this.factor *= Math.exp(-turned * WHEEL_SPEED);
    else this.shift -= turned;
    const half = WHEEL_PX * this.factor;
    this.target.stretch([px - WHEEL_PX, px + WHEEL_PX], [px + this.shift - half, px + this.shift + half]);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(), WHEEL_END_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private rest(): void {
    [this.factor, this.shift] = [1, 0];
    this.target.settle();
  }
}

function listenToKeys(target: GestureTarget): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const points = event.shiftKey ? FAR : 1;
    const does: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => target.step(-1, points),
      ArrowRight: () => target.step(1, points),
      Home: () => target.jump("first"),
      End: () => target.jump("last"),
    };
    if (event.key === "Escape") target.point(null);
    const run = does[event.key];
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  };
}

/** The pointers that are down, and what they mean. */
class Pointers {
  private held: Held = { kind: "idle" };
  private readonly fingers = new Fingers();

  constructor(
    private readonly host: HTMLElement,
    private readonly target: GestureTarget,
  ) {}

  placeOf(event: MouseEvent): Point {
    const { left, top } = this.host.getBoundingClientRect();
    return { px: event.clientX - left, py: event.clientY - top };
  }

  press(event: PointerEvent): void {
    const at = this.placeOf(event);
    if (event.pointerType !== "mouse") {
      this.fingers.put(event.pointerId, at.px);
      return this.target.point(at);
    }
    if (event.button !== 0) return;
    this.held = { kind: event.shiftKey ? "pan" : "box", from: at };
    this.host.setPointerCapture(event.pointerId);
  }

  move(event: PointerEvent): void {
    const { held, target } = this;
    const at = this.placeOf(event);
    const moved = this.fingers.move(event.pointerId, at.px);
    if (moved) {
      target.point(null);
      return target.stretch(moved.from, moved.to);
    }
    if (held.kind === "pan") return target.stretch([held.from.px, held.from.px + 1], [at.px, at.px + 1]);
    if (held.kind === "box") target.selecting(boxOf(held.from, at));
    target.point(at);
  }

  finish(event: PointerEvent): void {
    const { held, target } = this;
    this.held = { kind: "idle" };
    if (this.fingers.lift(event.pointerId) || held.kind === "pan") return target.settle();
    target.selecting(null);
    const box = held.kind === "box" && event.type === "pointerup" ? boxOf(held.from, this.placeOf(event)) : null;
    if (box) target.select(box);
  }
}

/**
 * Mouse: move reads, drag zooms what the box spans, Shift with drag moves, Ctrl with the wheel comes closer, double click
 * resets. Touch: one finger reads and leaves scrolling to the page, two zoom and move.
 */
export function listenTo(host: HTMLElement, target: GestureTarget): () => void {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  const pointers = new Pointers(host, target);
  const wheel = new Wheel(target);
  host.addEventListener("pointermove", (event) => pointers.move(event), options);
  host.addEventListener("pointerdown", (event) => pointers.press(event), options);
  host.addEventListener("pointerup", (event) => pointers.finish(event), options);
  host.addEventListener("pointercancel", (event) => pointers.finish(event), options);
  host.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && target.point(null), options);
  host.addEventListener("wheel", (event) => wheel.turn(event, pointers.placeOf(event).px), { ...options, passive: false });
  host.addEventListener("dblclick", () => target.reset(), options);
  host.addEventListener("keydown", listenToKeys(target), options);
  host.addEventListener("blur", () => target.point(null), options);
  return () => {
    stop.abort();
    wheel.stop();
  };
}
