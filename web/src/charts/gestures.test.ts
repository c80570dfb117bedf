// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";
import { listenTo } from "./gestures";

const target = { point: vi.fn(), selecting: vi.fn(), select: vi.fn(), reset: vi.fn(), step: vi.fn() };
let host = document.createElement("div");

beforeEach(() => {
  vi.clearAllMocks();
  host = document.createElement("div");
  host.setPointerCapture = () => undefined;
  listenTo(host, target);
});

function pointer(type: string, clientX: number, more: PointerEventInit = {}): void {
  host.dispatchEvent(new PointerEvent(type, { clientX, pointerType: "mouse", button: 0, ...more }));
}

test("dragging selects the range, in either direction", () => {
  pointer("pointerdown", 90);
  pointer("pointermove", 40);
  pointer("pointerup", 30);
  expect(target.select).toHaveBeenCalledWith([30, 90]);
});

test("a click selects nothing", () => {
  pointer("pointerdown", 50);
  pointer("pointerup", 53);
  expect(target.select).not.toHaveBeenCalled();
});

test("an interrupted drag selects nothing", () => {
  pointer("pointerdown", 10);
  pointer("pointermove", 80);
  pointer("pointercancel", 80);
  expect(target.select).not.toHaveBeenCalled();
  expect(target.selecting).toHaveBeenLastCalledWith(null);
});

test("a finger reads the chart and never zooms it", () => {
  pointer("pointerdown", 20, { pointerType: "touch" });
  pointer("pointermove", 80, { pointerType: "touch" });
  pointer("pointerup", 80, { pointerType: "touch" });
  expect(target.point).toHaveBeenCalledWith(20);
  expect(target.select).not.toHaveBeenCalled();
});

test("arrow keys step, Escape puts the cursor away", () => {
  for (const key of ["ArrowLeft", "ArrowRight", "Escape"]) host.dispatchEvent(new KeyboardEvent("keydown", { key }));
  expect(target.step.mock.calls).toEqual([[-1], [1]]);
  expect(target.point).toHaveBeenCalledWith(null);
});

test("a double click resets", () => {
  host.dispatchEvent(new MouseEvent("dblclick"));
  expect(target.reset).toHaveBeenCalledTimes(1);
});
