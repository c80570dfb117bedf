import { expect, test } from "vitest";
import { FITTED, panned, placeOf, zoomedAt } from "./zoom";

const STAGE = { width: 400, height: 200 };

test("a picture fits its stage and lies in its middle", () => {
  expect(placeOf(FITTED, STAGE, 1)).toEqual({ width: 200, height: 200, left: 100, top: 0 });
  expect(placeOf(FITTED, STAGE, 4)).toEqual({ width: 400, height: 100, left: 0, top: 50 });
});

test("the place under the pointer stays there while it is enlarged", () => {
  const view = zoomedAt(FITTED, 2, [150, 50], STAGE, 1);
  const place = placeOf(view, STAGE, 1);
  expect(place.width).toBe(400);
  expect(place.left + 0.25 * place.width).toBeCloseTo(150);
  expect(place.top + 0.25 * place.height).toBeCloseTo(50);
});

test("it is never smaller than its stage allows, nor does it leave it", () => {
  expect(zoomedAt({ scale: 2, x: 0.1, y: 0.9 }, 0.1, [0, 0], STAGE, 1)).toEqual(FITTED);
  expect(panned({ scale: 2, x: 0.5, y: 0.5 }, [9_999, -9_999], STAGE, 1)).toEqual({ scale: 2, x: 0, y: 1 });
  expect(panned(FITTED, [50, 50], STAGE, 1)).toEqual(FITTED);
});

test("it moves as far as the pointer", () => {
  const view = panned({ scale: 4, x: 0.5, y: 0.5 }, [80, -40], STAGE, 1);
  expect(view).toEqual({ scale: 4, x: 0.4, y: 0.55 });
});
