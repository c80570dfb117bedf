import { expect, test } from "vitest";
import { lineColor } from "../charts/palette";
import { paintHeat, paintMask } from "./paint";

test("heat goes from dark blue to dark red, and weak places let the picture through", () => {
  expect(paintHeat(0)).toEqual([0x30, 0x12, 0x3b, 60]);
  expect(paintHeat(255)).toEqual([0x7a, 0x04, 0x03, 255]);
});

test("of a mask 0 is nothing, and each label has a colour of the palette", () => {
  expect(paintMask(0)).toEqual([0, 0, 0, 0]);
  const [red, green, blue] = paintMask(1);
  expect(`#${[red, green, blue].map((one) => one.toString(16).padStart(2, "0")).join("")}`).toBe(lineColor("dark", 0));
});
