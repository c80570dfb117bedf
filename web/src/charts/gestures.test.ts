// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { listenTo } from "./gestures";

const target = { point: vi.fn(), selecting: vi.fn(), select: vi.fn(), stretch: vi.fn(), settle: vi.fn(), reset: vi.fn(), step: vi.fn(), jump: vi.fn() };
let host = document.createElement("div");

beforeEach(() => {
  vi.clearAllMocks();
  host = document.createElement("div");
  host.setPointerCapture = () => undefined;
  listenTo(host, target);
});

function pointer(type: string, [clientX, clientY]: readonly [number, number], more: PointerEventInit = {}): void {
  host.dispatchEvent(new PointerEvent(type, { clientX, clientY, pointerType: "mouse", button: 0, ...more }));
}

const key = (name: string, more: KeyboardEventInit = {}) => host.dispatchEvent(new KeyboardEvent("keydown", { key: name, ...more }));

test("dragging along x selects the range, in either direction", () => {
  pointer("pointerdown", [90, 10]);
  pointer("pointermove", [40, 12]);
  pointer("pointerup", [30, 14]);
  expect(target.select).toHaveBeenCalledWith({ x: [30, 90], y: null });
});

test("dragging along y selects heights", () => {
  pointer("pointerdown", [90, 10]);
  pointer("pointerup", [92, 80]);
  expect(target.select).toHaveBeenCalledWith({ x: null, y: [10, 80] });
});

test("a click selects nothing", () => {
  pointer("pointerdown", [50, 10]);
  pointer("pointerup", [53, 10]);
  expect(target.select).not.toHaveBeenCalled();
});

test("an interrupted drag selects nothing", () => {
  pointer("pointerdown", [10, 10]);
  pointer("pointermove", [80, 10]);
  pointer("pointercancel", [80, 10]);
  expect(target.select).not.toHaveBeenCalled();
  expect(target.selecting).toHaveBeenLastCalledWith(null);
});

test("with Shift a drag moves what is seen, and settles", () => {
  pointer("pointerdown", [50, 10], { shiftKey: true });
  pointer("pointermove", [80, 10]);
  pointer("pointerup", [80, 10]);
  expect(target.stretch).toHaveBeenCalledWith([50, 51], [80, 81]);
  expect(target.settle).toHaveBeenCalledTimes(1);
  expect(target.select).not.toHaveBeenCalled();
});

test("a finger reads the chart and never zooms it", () => {
  pointer("pointerdown", [20, 10], { pointerType: "touch", pointerId: 2 });
  pointer("pointermove", [80, 10], { pointerType: "touch", pointerId: 2 });
  pointer("pointerup", [80, 10], { pointerType: "touch", pointerId: 2 });
  expect(target.point).toHaveBeenCalledWith({ px: 20, py: 10 });
  expect(target.select).not.toHaveBeenCalled();
  expect(target.stretch).not.toHaveBeenCalled();
});

test("two fingers stretch from where they were put down, until one is lifted", () => {
  pointer("pointerdown", [40, 10], { pointerType: "touch", pointerId: 2 });
  pointer("pointerdown", [60, 10], { pointerType: "touch", pointerId: 3 });
  pointer("pointermove", [20, 10], { pointerType: "touch", pointerId: 2 });
  expect(target.stretch).toHaveBeenLastCalledWith([40, 60], [20, 60]);
  pointer("pointerup", [20, 10], { pointerType: "touch", pointerId: 2 });
  expect(target.settle).toHaveBeenCalledTimes(1);
});

function turn(ctrlKey: boolean): boolean {
  const event = Object.assign(new MouseEvent("wheel", { clientX: 200, ctrlKey, cancelable: true }), { deltaX: 0, deltaY: -100 });
  host.dispatchEvent(event);
  return event.defaultPrevented;
}

test("a plain wheel scrolls the page; with Ctrl it comes closer about the pointer and settles at rest", () => {
  vi.useFakeTimers();
  expect([turn(false), turn(true)]).toEqual([false, true]);
  const [from, to] = target.stretch.mock.calls[0] ?? [];
  expect(from).toEqual([100, 300]);
  expect(to[1] - to[0]).toBeCloseTo(200 * Math.exp(0.2));
  vi.advanceTimersByTime(250);
  expect(target.settle).toHaveBeenCalledTimes(1);
  vi.useRealTimers();
});

test("arrow keys step, with Shift further, Home and End go to the ends, Escape puts the cursor away", () => {
  key("ArrowLeft");
  key("ArrowRight", { shiftKey: true });
  key("Home");
  key("End");
  key("Escape");
  expect(target.step.mock.calls).toEqual([
    [-1, 1],
    [1, 10],
  ]);
  expect(target.jump.mock.calls).toEqual([["first"], ["last"]]);
  expect(target.point).toHaveBeenCalledWith(null);
});

test("a double click resets", () => {
  host.dispatchEvent(new MouseEvent("dblclick"));
  expect(target.reset).toHaveBeenCalledTimes(1);
});
