export type ChartTheme = "light" | "dark";

/**
 * Ten hues in an order where neighbours differ in hue and in lightness, so that they stay apart for colour-blind eyes;
 * each reaches a contrast of 3:1 on its theme's surface.
 */
const LINES: Record<ChartTheme, readonly string[]> = {
  light: ["#2563d9", "#d4590a", "#0a8462", "#c2296b", "#7a4fd0", "#8f6d00", "#0c7fae", "#b23a28", "#56616e", "#4f8318"],
  dark: ["#6aa5ff", "#ff9a52", "#38cba6", "#ff7eb2", "#b99bff", "#e3c04a", "#51c6f2", "#f7836f", "#a9b5c3", "#a6d75f"],
};

interface Ink {
  readonly axis: string;
  readonly split: string;
  readonly label: string;
}

const INK: Record<ChartTheme, Ink> = {
  light: { axis: "#c9ced6", split: "#eceef2", label: "#5a6472" },
  dark: { axis: "#3a414c", split: "#242a32", label: "#98a2b0" },
};

export const PALETTE_SIZE = 10;

export function lineColor(theme: ChartTheme, index: number): string {
  const colors = LINES[theme];
  return colors[index % colors.length] ?? INK[theme].label;
}

export function ink(theme: ChartTheme): Ink {
  return INK[theme];
}
