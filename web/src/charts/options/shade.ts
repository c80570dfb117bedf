import type { ChartTheme } from "../palette";

/** From low to high by lightness and hue at once, so that it reads without colours too; dark ends are light on dark pages. */
const STOPS: Record<ChartTheme, readonly (readonly [number, number, number])[]> = {
  light: [[158, 168, 184], [60, 130, 196], [20, 84, 150], [86, 20, 110]],
  dark: [[84, 92, 106], [66, 128, 200], [110, 200, 214], [240, 226, 140]],
};

/** The colour for a share of 0 to 1. */
export function shade(share: number, theme: ChartTheme): string {
  const stops = STOPS[theme];
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const [from, to] = [stops[low] ?? [0, 0, 0], stops[low + 1] ?? [0, 0, 0]];
  const mix = from.map((value, i) => Math.round(value + ((to[i] ?? 0) - value) * (at - low)));
  return `rgb(${mix.join(", ")})`;
}

/** A CSS gradient of the whole scale. */
export function shades(theme: ChartTheme): string {
  return `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map((share) => shade(share, theme)).join(", ")})`;
}
