import { describe, expect, test } from "vitest";
import { ink, lineColor, lineDash, PALETTE_SIZE, runColor, type ChartTheme } from "./palette";

type Rgb = readonly [number, number, number];
type Rows = readonly [Rgb, Rgb, Rgb];

const dot = (a: Rgb, b: Rgb) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const times = (rows: Rows, v: Rgb): Rgb => [dot(rows[0], v), dot(rows[1], v), dot(rows[2], v)];

/** What eyes without the cones for red, or green, see: Machado, Oliveira and Fernandes 2009, severity 1, in linear light. */
const EYES: Readonly<Record<string, Rows>> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
};

function linear(hex: string): Rgb {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function oklab(color: Rgb): Rgb {
  const cut: Rgb = [Math.max(0, color[0]), Math.max(0, color[1]), Math.max(0, color[2])];
  const [l, m, s] = times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], cut);
  return times([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]], [Math.cbrt(l), Math.cbrt(m), Math.cbrt(s)]);
}

/** ΔE in OKLab, hundredfold: about 2 is what can just be told apart side by side. */
function difference(a: string, b: string, eye: Rows): number {
  const [x, y] = [oklab(times(eye, linear(a))), oklab(times(eye, linear(b)))];
  return 100 * Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

const luminance = (hex: string) => dot([0.2126, 0.7152, 0.0722], linear(hex));

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].toSorted((one, other) => one - other);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const THEMES: readonly ChartTheme[] = ["light", "dark"];
const colorsOf = (theme: ChartTheme) => Array.from({ length: PALETTE_SIZE }, (_, index) => lineColor(theme, index));

describe.each(THEMES)("the palette in the %s theme", (theme) => {
  const colors = colorsOf(theme);

  test("holds twenty different colours", () => {
    expect(new Set(colors).size).toBe(20);
  });

  test("reaches a contrast of 3:1 on its surface", () => {
    expect(colors.filter((color) => contrast(color, ink(theme).surface) < 3)).toEqual([]);
  });

  test.each(Object.keys(EYES))("neighbours differ by at least 10 for %s eyes, any two by at least 4.5", (name) => {
    const eye = EYES[name];
    expect(eye).toBeDefined();
    if (!eye) return;
    const close = colors.flatMap((color, at) =>
      colors.slice(0, at).flatMap((other, before) => {
        const least = before === at - 1 ? 10 : 4.5;
        return difference(color, other, eye) < least ? [[color, other, difference(color, other, eye)]] : [];
      }),
    );
    expect(close).toEqual([]);
  });

  test("no two of forty lines look the same", () => {
    const looks = Array.from({ length: 40 }, (_, index) => `${lineColor(theme, index)} ${lineDash(index).join(",")}`);
    expect(new Set(looks).size).toBe(40);
  });
});

test("a dashed line beyond the colours still differs from a solid one", () => {
  const looks = [0, 20, 40, 60].flatMap((index) => [lineDash(index).join(), lineDash(index, true).join()]);
  expect(new Set(looks).size).toBe(8);
});

test("a run looks alike wherever it is drawn", () => {
  const { color, dash, css } = runColor(21);
  expect([color, dash, css("light")]).toEqual([21, [7, 3], lineColor("light", 1)]);
});
